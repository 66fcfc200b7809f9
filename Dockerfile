# Base images, COPY, npm ci and npm run build: any builder can build it.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24.21.0-bookworm-slim
ARG REVISION=unknown
ENV NODE_ENV=production
ENV CBR_EXPORTER_REVISION=$REVISION
WORKDIR /app
COPY package.json ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
USER node
EXPOSE 10035
# Node itself is the first process, so that SIGTERM reaches it. The configuration is looked for in /app/config.yaml.
ENTRYPOINT ["node", "dist/main.js"]
