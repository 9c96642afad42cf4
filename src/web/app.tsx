import { useEffect } from 'react';
import { apiUrl } from './api/client.js';
import { useRoute } from './hooks/use-route.js';
import { AnalysesPage } from './pages/analyses-page.js';
import { AnalysisPage } from './pages/analysis-page.js';

export function App() {
  const route = useRoute();
  const place = route.page === 'analysis' ? route.id : '';
  useEffect(() => window.scrollTo(0, 0), [place]);
  return (
    <>
      <header className="top">
        <a className="brand" href="#/">
          <img src="./icon.svg" alt="" width="28" height="28" />
          <span>hivis</span>
        </a>
        <nav aria-label="Main">
          <a href="#/" aria-current={route.page === 'analyses' ? 'page' : undefined}>
            Analyses
          </a>
          <a href={apiUrl('/admin/queues')}>Queues</a>
          <a href={apiUrl('/openapi.json')}>API</a>
        </nav>
      </header>
      <main>{route.page === 'analysis' ? <AnalysisPage key={route.id} id={route.id} /> : <AnalysesPage />}</main>
    </>
  );
}
