# The HTTP API: no ONNX Runtime, no ffmpeg, no sharp, no npm packages that it does not load.
#   docker build -f dockerfiles/api.Dockerfile -t hivis-api .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS base
WORKDIR /app
# tini reaps what a crashed child leaves behind and passes signals on, also where nobody sets `init: true`.
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends tini >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*

FROM ${NODE_IMAGE} AS deps
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

FROM deps AS build
COPY tsconfig.base.json tsconfig.build.json ./
COPY src src
COPY workers workers
RUN npx tsc -p tsconfig.build.json --incremental false --sourceMap false

FROM build AS prod-deps
COPY dockerfiles/trace.mjs dockerfiles/trace.mjs
COPY migrations migrations
COPY models/manifest.json models/manifest.json
RUN node dockerfiles/trace.mjs /out dist/src/api/main.js dist/src/db/main.js -- package.json migrations models/manifest.json \
      node_modules/@bull-board/ui/dist node_modules/@bull-board/ui/package.json

FROM base AS runtime
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="hivis api" \
      org.opencontainers.image.description="HTTP API of hivis: PPE compliance checks of recorded video" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
COPY --from=prod-deps /out ./
# Owned by `node`, so that fresh volumes mounted there are too.
RUN mkdir /data /storage /models && chown node:node /data /storage
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/stats`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node"]
CMD ["dist/src/api/main.js"]
