#!/bin/sh
# install: put the model and its manifest into /models (only if what is there does not verify), then exit 0, so that
# compose can wait for `service_completed_successfully`. `hold` does the same and stays, for health-checked set-ups.
# Each file appears under its final name whole or not at all: a worker never sees half a model.
set -eu
file=$(cat /packed/file)

verified() {
  cd /models && sha256sum -c -s /packed/SHA256SUMS 2>/dev/null && cmp -s /packed/manifest.json /models/manifest.json
}

install() {
  if verified; then echo "model $file is in place and verifies"; return; fi
  gunzip -c /packed/model.gz >"/models/.$file.part"
  mv "/models/.$file.part" "/models/$file"
  cp /packed/manifest.json /models/.manifest.part
  mv /models/.manifest.part /models/manifest.json
  verified || { echo "model $file does not verify after copying" >&2; exit 1; }
  echo "model $file installed and verified"
}

case "${1:-install}" in
  install) install ;;
  hold)
    install
    trap 'exit 0' TERM INT
    while :; do sleep 3600 & wait $!; done ;;
  check) verified ;;
  *) echo "usage: install-model.sh install|hold|check" >&2; exit 2 ;;
esac
