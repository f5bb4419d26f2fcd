using Microsoft.AspNetCore.Connections;
using PqdPortal.Data;
using PqdPortal.Jobs;
using PqdPortal.Web;

try
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = DataFolder.PublishedRoot });

    builder.AddPortalData();        // database, file store, access
    builder.AddPortalJobs();        // queue; runs work here unless told otherwise
    builder.AddPortalWeb();         // sign-in, components, live changes, features

    var app = builder.Build();

    await app.MigrateDatabase();
    app.UsePortal();                // errors, headers, sign-in
    app.MapPortal();                // pages, REST, uploads, health
    await app.RunAsync();
    return 0;
}
catch (PortalStartException trouble)
{
    Console.Error.WriteLine(trouble.Message);
    return 1;
}
catch (IOException trouble) when (trouble.InnerException is AddressInUseException)
{
    Console.Error.WriteLine($"{trouble.Message} Another portal or program listens there: stop it, or choose another address, such as --urls http://localhost:5090.");
    return 1;
}
