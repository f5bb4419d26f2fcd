using PqdPortal.Web;

var builder = WebApplication.CreateBuilder(args);

builder.AddPortalWeb();         // sign-in, components, live changes, features

var app = builder.Build();

app.UsePortal();                // errors, headers, sign-in
app.MapPortal();                // pages, REST, uploads, health
app.Run();
