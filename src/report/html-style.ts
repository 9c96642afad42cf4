/** The look of report.html: dark on white, one column, made to be printed as well as read on a phone. */
export const REPORT_STYLE = `
:root{--ink:#18212f;--soft:#556070;--line:#d9dfe7;--panel:#f5f7fa;--bad:#b3261e;--badbg:#fdeeec;--good:#1a6b3c;--goodbg:#e9f5ee;--unsure:#7a5200;--unsurebg:#fff5df;--worn:#4d9a86}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:#fff;color:var(--ink);font:.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,sans-serif;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,header.top,footer{max-width:60rem;margin:0 auto;padding:0 1.5rem}
header.top{padding-top:1.6rem;position:relative}
header.top::before{content:"";position:absolute;left:1.5rem;top:0;width:3.6rem;height:6px;background:#c6dd00}
.kind{margin:.4rem 0 1.1rem;color:var(--soft);font-size:.85rem;display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap}
.kind b{color:var(--ink);letter-spacing:.01em}
h1{margin:0;font-size:clamp(1.5rem,1.1rem + 1.8vw,2.15rem);line-height:1.2;letter-spacing:-.012em;overflow-wrap:anywhere;text-wrap:balance}
.tag{display:inline-block;margin:.6rem 0 0;padding:.1rem .6rem;border:1px solid var(--line);border-radius:99px;font-size:.85rem;color:var(--soft);overflow-wrap:anywhere}
.verdict{display:flex;gap:1.1rem;align-items:center;margin:1.5rem 0 0;padding:1.1rem 1.3rem;border-radius:10px;border:1px solid}
.verdict svg{flex:none;width:46px;height:46px}
.verdict h2{margin:0;padding:0;border:0;font-size:1.4rem;line-height:1.25;color:inherit}
.verdict p{margin:.2rem 0 0;color:var(--ink)}
.verdict.bad{background:var(--badbg);color:var(--bad);border-color:#efc4c0}
.verdict.good{background:var(--goodbg);color:var(--good);border-color:#bfdfcb}
.verdict.unsure{background:var(--unsurebg);color:var(--unsure);border-color:#ecd6a3}
.notice{margin:.7rem 0 0;padding:.7rem 1.3rem;border:1px solid #ecd6a3;border-left:6px solid #d99a00;border-radius:6px;background:var(--unsurebg);overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem;margin:1rem 0 0}
.card{border:1px solid var(--line);border-radius:10px;padding:1rem 1.2rem 1.1rem;break-inside:avoid}
.card h3{margin:0;font-size:1rem}
.card .rate{display:flex;align-items:baseline;gap:.7rem;flex-wrap:wrap;margin:.1rem 0 .6rem}
.card .rate strong{font-size:2.3rem;line-height:1.15;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.card .rate span{color:var(--soft);font-size:.87rem}
.bar{display:flex;height:12px;border-radius:3px;overflow:hidden;background:var(--panel)}
.bar i{display:block;height:100%}
.bar .worn,.key .worn{background:var(--worn)}.bar .missing,.key .missing{background:#c0271c}
.bar .unknown,.key .unknown{background:repeating-linear-gradient(135deg,#eceff3 0 2.5px,#8b95a3 2.5px 4px)}
.card dl{display:grid;grid-template-columns:1fr 1fr 1.25fr;gap:.55rem 1rem;margin:.75rem 0 0}
.card dl+dl{padding:.65rem 0 0;border-top:1px solid var(--line)}
.card dt{color:var(--soft);font-size:.82rem}.card dd{margin:0;font-weight:600;font-size:.93rem;font-variant-numeric:tabular-nums}
.key i{display:inline-block;width:.7rem;height:.7rem;margin-right:.4rem;border-radius:2px}
h2{margin:2.6rem 0 .8rem;padding:0 0 .35rem;border-bottom:2px solid var(--ink);font-size:1.2rem;line-height:1.3;break-after:avoid}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:0 2.5rem}
dl.facts{display:grid;grid-template-columns:8.2rem 1fr;margin:0;font-size:.93rem;align-content:start}
dl.facts dt,dl.facts dd{padding:.38rem 0;border-bottom:1px solid var(--line)}
dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;min-width:0;overflow-wrap:anywhere}
code{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
svg.timeline{display:block;width:100%;min-width:640px;height:auto}
.timeline .grid{stroke:#e4e8ee}.timeline .rule{stroke:#edf0f4}.timeline text{font-size:11.5px;fill:var(--soft)}
.timeline .tick{font-size:11px;font-variant-numeric:tabular-nums}.timeline .who{fill:var(--ink);font-weight:600;font-size:12.5px}
.timeline .mark{fill:#fff;font-weight:700;font-size:10.5px;paint-order:stroke;stroke:#c0271c;stroke-width:3px}
.timeline .beyond{fill:#f0f2f5;opacity:.9}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;margin:.7rem 0 0;font-size:.87rem;color:var(--soft)}
.legend svg{vertical-align:-1px}.markkey{background:#c0271c;color:#fff;padding:0 .35rem;border-radius:2px;font-size:.78rem}
.note,.empty{color:var(--soft);margin:.5rem 0}
table{width:100%;border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--soft);font-size:.82rem;border-bottom:1px solid var(--ink);padding:.4rem .9rem .4rem 0;vertical-align:bottom;white-space:nowrap}
td{padding:.45rem .9rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
th.num,td.num{text-align:right}td.nowrap{white-space:nowrap}td small{display:block;color:var(--soft)}
thead{display:table-header-group}tr{break-inside:avoid}
td.shares{width:16%;border-bottom-color:var(--line)}thead td.shares{border-bottom:1px solid var(--ink)}td.shares .bar{height:8px;margin-top:.45em}td.reason{min-width:11.6rem}td a{color:inherit;text-decoration-color:#9aa5b3;text-underline-offset:2px}
.evidence{display:grid;gap:1.1rem;margin-top:1.4rem}
figure{margin:0;border:1px solid var(--line);border-radius:10px;overflow:hidden;break-inside:avoid;scroll-margin-top:1rem}
figure .stills{display:flex;background:#10151d;gap:2px}
figure .stills svg{display:block;height:auto;min-width:0}
figcaption{padding:.8rem 1.1rem .9rem}
figcaption h3{margin:0 0 .2rem;font-size:1rem;overflow-wrap:anywhere}
figcaption p{margin:0;color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}
.zonemap{width:min(100%,22rem);height:auto;border:1px solid var(--line);border-radius:6px;background:var(--panel);display:block;margin:.2rem 0 1rem}
.zonemap text{font-size:13px;font-weight:600;paint-order:stroke;stroke:#fff;stroke-width:4px;fill:var(--ink)}
.limits{margin:0;padding:0 0 0 1.1rem;max-width:46rem}.limits li{margin:.35rem 0}
footer{margin-top:2.6rem;padding-top:.9rem;padding-bottom:2.5rem;font-size:.82rem;color:var(--soft);overflow-wrap:anywhere}
footer p{margin:.15rem 0}
@media (max-width:40rem){
body{font-size:1rem}main,header.top,footer{padding-left:1.1rem;padding-right:1.1rem}header.top::before{left:1.1rem}
.verdict{align-items:flex-start;padding:1rem}.verdict svg{width:36px;height:36px}.verdict h2{font-size:1.2rem}
dl.facts{grid-template-columns:7.6rem 1fr}.pair{grid-template-columns:1fr}
figure .stills{flex-direction:column}figure .stills svg{width:100%!important}figure .stills svg+svg{max-height:75vw}
table.stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.stack,table.stack tbody,table.stack tr,table.stack td{display:block}
table.stack tr{border:1px solid var(--line);border-radius:8px;padding:.5rem .9rem;margin:0 0 .7rem}
table.stack td{border:0;padding:.14rem 0;text-align:left;display:grid;grid-template-columns:7.2rem 1fr;white-space:normal}
table.stack td.shares{display:block;padding:.3rem 0}table.stack td.shares::before{content:none}table.stack td::before{content:attr(data-label);color:var(--soft)}table.stack td small{grid-column:2}
}
@page{size:A4;margin:16mm 15mm 18mm;@bottom-right{content:counter(page) " of " counter(pages);font:9px sans-serif;color:#556070}}
@media print{html{font-size:11.5px}body{font-size:1rem}main,header.top,footer{max-width:none;padding-left:0;padding-right:0}header.top{padding-top:.9rem}header.top::before{left:0}
h2{margin-top:1.7rem}svg.timeline{min-width:0}.scroll{overflow:visible}.pair{grid-template-columns:1fr 1fr}.cards{grid-template-columns:1fr 1fr}a{color:inherit}}
`;
