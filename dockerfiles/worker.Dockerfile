# A worker: ffmpeg, ONNX Runtime, sharp. The model is not inside: it comes from the model volume.
#   docker build -f dockerfiles/worker.Dockerfile -t hivis-worker .
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS base
WORKDIR /app
RUN apt-get update -qq \
 && apt-get install -y -qq --no-install-recommends tini libdav1d6 >/dev/null \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*

# Debian's ffmpeg package brings 480 MB of libraries that no video file needs (speech synthesis, OpenGL, LLVM). This
# stage builds Debian's own patched source with just the containers and codecs that hivis accepts: 14 MB, no network
# protocol. A rebuild takes Debian's latest security fixes, as installing the package would.
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

FROM build AS prod-deps
COPY dockerfiles/trace.mjs dockerfiles/trace.mjs
COPY migrations migrations
RUN node dockerfiles/trace.mjs /out dist/workers/main.js -- package.json migrations node_modules/dejavu-fonts-ttf/ttf node_modules/dejavu-fonts-ttf/package.json

FROM base AS runtime
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="hivis worker" \
      org.opencontainers.image.description="Worker of hivis: decodes video, runs the detector, writes compliance reports" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
# ONNX Runtime reports its use to its maker unless told otherwise; nothing leaves here unasked.
ENV NODE_ENV=production ORT_DISABLE_TELEMETRY=1 DATA_DIR=/data MODELS_DIR=/models
COPY --from=ffmpeg /opt/ffmpeg/bin/ffmpeg /opt/ffmpeg/bin/ffprobe /usr/local/bin/
COPY --from=prod-deps /out ./
# Owned by `node`, so that fresh volumes mounted there are too.
RUN mkdir /data /storage /models && chown node:node /data /storage
USER node
STOPSIGNAL SIGTERM
# The start period covers the check of the model file and the creation of the inference session.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "dist/workers/main.js", "--health"]
ENTRYPOINT ["tini", "--", "node"]
CMD ["dist/workers/main.js"]
