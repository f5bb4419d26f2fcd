using System.Reflection;
using PqdPortal.Data;
using PqdPortal.Jobs;
using PqdPortal.Web;

return await PortalStart.Run(async () =>
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = DataFolder.PublishedRoot });
    PortalStart.LeaveTellingToUs(builder);

    builder.AddPortalData();        // database, file store, access
    builder.AddPortalJobs();        // queue; runs work here unless told otherwise
    builder.AddPortalWeb();         // sign-in, components, live changes, features

    await using var app = builder.Build();

    await app.TakeDataFolder();
    // Inside a test's program, where to listen is that program's affair.
    if (Assembly.GetEntryAssembly() == typeof(App).Assembly) ListenAddresses.RefuseTaken(app.Configuration);
    await app.MigrateDatabase();
    app.UsePortal();                // errors, headers, sign-in
    app.MapPortal();                // pages, REST, uploads, health
    await app.Serve();
});
