using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using PqdPortal.Data;
using PqdPortal.Jobs;
using PqdPortal.Jobs.Health;

return await PortalStart.Run(async () =>
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = DataFolder.PublishedRoot });
    builder.Logging.ClearProviders().AddJsonConsole(json => json.UseUtcTimestamp = true);
    PortalStart.LeaveTellingToUs(builder);
    ListenAddresses.Check(builder.Configuration);
    // Its health is asked here, unless the usual settings (urls, http_ports) say otherwise.
    if (!ListenAddresses.AreTold(builder.Configuration)) builder.WebHost.UseUrls("http://localhost:5081");
    // Running jobs are told to stop and given time to hand themselves back.
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(25));

    builder.AddPortalData();            // database, file store, access
    builder.AddPortalJobs(run: true);   // queue, readers, analyses

    await using var app = builder.Build();

    ListenAddresses.RefuseTaken(app.Configuration);
    await app.WaitForDatabase();        // the portal makes and migrates it
    app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
    app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = HealthAnswer.Write });
    await app.Serve();
});
