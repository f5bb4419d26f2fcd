# One image for the web and the worker; docker-compose.yml says which of the two a container runs.

# The plots, the upload client and the fonts. The private PostgreSQL stays out: compose brings its own.
FROM node:22-bookworm-slim AS npm
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --omit=optional --no-audit --no-fund

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG COMMIT=unknown
WORKDIR /src
COPY . .
COPY --from=npm /src/node_modules node_modules
RUN dotnet publish src/PqdPortal.Web -c Release -o /app/web -p:NpmRestore=false -p:SourceRevisionId="$COMMIT" \
 && dotnet publish src/PqdPortal.Worker -c Release -o /app/worker -p:NpmRestore=false -p:SourceRevisionId="$COMMIT" \
 && dotnet publish src/PqdPortal.Cli -c Release -o /app/cli -p:SourceRevisionId="$COMMIT"

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
 && apt-get install -y --no-install-recommends curl hdf5-tools \
 && rm -rf /var/lib/apt/lists/* \
 && mkdir /data && chown "$APP_UID" /data
COPY --from=build /app /app
USER $APP_UID
VOLUME /data
EXPOSE 5080 5081
WORKDIR /app/web
CMD ["dotnet", "/app/web/PqdPortal.Web.dll"]
