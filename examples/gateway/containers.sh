#!/bin/sh
# A gateway in a container, and a network on which its client reaches it and nothing else.
# Run it in a folder with bottles.yaml and secrets/ (files of user 65532, mode 0400, named as `file:/secrets/NAME` in the manifest).
set -eu

# No way out of this network, and no address of this machine on it.
docker network create --internal -o com.docker.network.bridge.inhibit_ipv4=true sandbox
docker network inspect outside >/dev/null 2>&1 || docker network create outside

# Root's file system is read-only, there is no capability left, and the client sees the certificates and no more.
docker create --name gateway --network sandbox --read-only --tmpfs /tmp --cap-drop ALL \
  --security-opt no-new-privileges --ulimit core=1 --init \
  -v "$PWD/bottles.yaml:/etc/bottles.yaml:ro" -v "$PWD/secrets:/secrets:ro" \
  -v gateway-certificates:/certificates -v gateway-state:/state \
  claude-bottle-gateway --manifest /etc/bottles.yaml --bottle dev \
  --listen 0.0.0.0:4180 --public --door gateway:4180 --health 127.0.0.1:4181 \
  --state /state/gateway --certificates /certificates --inside /certificates
docker network connect outside gateway
docker start gateway

# The first line of the gateway's output says everything a client needs.
until docker logs gateway 2>/dev/null | grep -q '^{'; do
  [ "$(docker inspect -f '{{.State.Running}}' gateway)" = true ] || { docker logs gateway >&2; exit 1; }
  sleep 0.2
done
docker logs gateway 2>/dev/null | head -n 1 >gateway.json
docker exec -i gateway node -p \
  'Object.entries(JSON.parse(fs.readFileSync(0, "utf8")).env).map((pair) => pair.join("=")).join("\n")' \
  <gateway.json >client.env

# A client. Its name server knows the names of this network and asks nobody else.
cat <<'TEXT'
docker run --rm --network sandbox --dns 127.0.0.1 --env-file client.env -v gateway-certificates:/certificates:ro IMAGE COMMAND
TEXT
