# The report UI and the front door: static pages, and a proxy to the API so that the browser sees one origin.
#   docker build -f dockerfiles/web.Dockerfile -t hivis-web .
ARG NODE_IMAGE=node:24-bookworm-slim
ARG NGINX_IMAGE=nginxinc/nginx-unprivileged:stable

FROM ${NODE_IMAGE} AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# What the licence page of the bundle is made from: production packages alone.
FROM base AS deps-prod
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --no-audit --no-fund

FROM base AS deps-dev
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund

FROM deps-dev AS build
# Empty: the API is behind the same origin (the proxy below). A path: the same, below that path of an outer proxy. A URL:
# the UI talks to that origin, which must allow ours (CORS); the content policy is opened for it.
ARG VITE_API_URL=""
COPY tsconfig.base.json vite.config.ts ./
COPY src src
COPY dockerfiles/check-web-build.mjs dockerfiles/check-web-build.mjs
COPY dockerfiles/nginx dockerfiles/nginx
RUN VITE_API_URL="${VITE_API_URL}" npx vite build --logLevel warn \
 && find dist/web -name '*.map' -delete \
 && node dockerfiles/check-web-build.mjs dist/web "${VITE_API_URL}" dockerfiles/nginx/headers.inc

FROM ${NGINX_IMAGE} AS nginx-base
COPY dockerfiles/nginx/hivis.conf.template /etc/nginx/templates/default.conf.template
COPY dockerfiles/nginx/assets.inc dockerfiles/nginx/proxy.inc /etc/nginx/

FROM nginx-base AS production
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="hivis web" \
      org.opencontainers.image.description="Report UI of hivis behind nginx" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /app/dockerfiles/nginx/headers.inc /etc/nginx/
COPY --from=build /app/dist/web /usr/share/nginx/html
# API_UPSTREAM: where the API listens. RESOLVER: the name server that knows it (the engine's own by default).
ENV API_UPSTREAM=api:3000 RESOLVER=127.0.0.11
EXPOSE 8080
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/web-health"]
