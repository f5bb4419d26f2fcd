using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using PqdPortal.Data;
using PqdPortal.Jobs;

try
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = DataFolder.PublishedRoot });
    builder.Logging.ClearProviders().AddJsonConsole(json => json.UseUtcTimestamp = true);
    // Its health is asked here, unless the usual settings (urls, http_ports) say otherwise.
    if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null) builder.WebHost.UseUrls("http://localhost:5081");
    // Running jobs are told to stop and given time to hand themselves back.
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(25));

    builder.AddPortalData();            // database, file store, access
    builder.AddPortalJobs(run: true);   // queue, readers, analyses

    var app = builder.Build();

    await app.WaitForDatabase();        // the portal makes and migrates it
    app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
    app.MapHealthChecks("/health/ready");
    await app.RunAsync();
    return 0;
}
catch (PortalStartException trouble)
{
    Console.Error.WriteLine(trouble.Message);
    return 1;
}
