# One image for every program; docker-compose.yml says which one a container runs.

# The manifests alone, so that the installation is made again only when one of them changes.
FROM node:24-bookworm-slim AS manifests
COPY . /all
WORKDIR /all
RUN mkdir /manifests && cp package.json package-lock.json /manifests \
 && for manifest in libs/*/package.json apps/*/package.json; do \
      mkdir -p "/manifests/$(dirname "$manifest")" && cp "$manifest" "/manifests/$manifest"; \
    done

# Everything, to build. Install scripts are left out: they fetch a Node and a Postgres that an image does not need.
FROM node:24-bookworm-slim AS build
WORKDIR /app
ENV NX_DAEMON=false NX_TUI=false
COPY --from=manifests /manifests ./
RUN npm ci --ignore-scripts --no-audit --no-fund && rm -f node_modules/.bin/node
COPY . .
RUN node_modules/.bin/nx run-many -t build --outputStyle=static \
 && for project in libs/* apps/*; do \
      mkdir -p "/built/$project" && cp -r "$project/package.json" "/built/$project" \
      && if [ -d "$project/dist" ]; then cp -r "$project/dist" "/built/$project"; fi; \
    done

# What runs: dependencies without development tools, what was built, and the tools of set-up.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=manifests /manifests ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /built ./
COPY tools/*.mjs ./tools/
# volumes take owner and mode of the directory they cover; Postgres, another user, has to reach its password
RUN for service in mfa-orchestrator token-service sso-data oidc-broker database platform demo; do \
      mkdir -p "/keys/$service"; \
    done && chown -R node:node /keys && chmod 700 /keys /keys/* && chmod 755 /keys/database
USER node
ENV HOST=0.0.0.0
CMD ["node", "--enable-source-maps", "apps/gateway/dist/main.js"]
