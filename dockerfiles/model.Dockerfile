# One verified model, copied to a volume that workers mount read-only.
#   docker build -f dockerfiles/model.Dockerfile -t hivis-model .
#   another model: --build-arg MODEL_ID=my-model (an entry of models/manifest.json, its file beside it)
ARG NODE_IMAGE=node:24-bookworm-slim
ARG BUSYBOX_IMAGE=busybox:stable

FROM ${NODE_IMAGE} AS base
WORKDIR /models

# Exists, size, SHA-256: a corrupted or swapped file ends the build here. Packed, because the image is pulled everywhere.
FROM base AS verify
ARG MODEL_ID=ppe-yolov8n
COPY models/ ./
COPY dockerfiles/verify-model.mjs /verify-model.mjs
RUN node /verify-model.mjs /models "${MODEL_ID}" /packed

FROM ${BUSYBOX_IMAGE} AS runtime
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="hivis model" \
      org.opencontainers.image.description="Verified detection model of hivis" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=verify /packed /packed
COPY --chmod=0755 dockerfiles/install-model.sh /install-model.sh
RUN mkdir /models && chown 1000:1000 /models
USER 1000:1000
VOLUME /models
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=5s --retries=3 CMD ["/install-model.sh", "check"]
ENTRYPOINT ["/install-model.sh"]
CMD ["install"]
