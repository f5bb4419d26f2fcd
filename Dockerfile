# One image for the web and the worker; docker-compose.yml says which of the two a container runs.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends nodejs npm \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN dotnet publish src/PqdPortal.Web -c Release -o /app/web \
 && dotnet publish src/PqdPortal.Worker -c Release -o /app/worker

FROM mcr.microsoft.com/dotnet/aspnet:10.0
RUN apt-get update \
 && apt-get install -y --no-install-recommends curl libhdf5-103-1t64 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /app /app
RUN mkdir /data && chown "$APP_UID" /data
USER $APP_UID
VOLUME /data
EXPOSE 5080 5081
WORKDIR /app/web
CMD ["dotnet", "/app/web/PqdPortal.Web.dll"]
