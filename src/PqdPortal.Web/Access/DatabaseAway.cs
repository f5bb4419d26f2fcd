using PqdPortal.Data.Postgres;
using PqdPortal.Jobs.Health;

namespace PqdPortal.Web.Access;

/// <summary>
/// While the database is away, whoever asks for a page gets one that needs no database, says so in words and loads itself again.
/// </summary>
/// <remarks>The change feed's own connection tells that all is well, so that a usual request costs nothing here.</remarks>
public static class DatabaseAway
{
    public static async Task Lead(HttpContext context, RequestDelegate next)
    {
        var isPage = context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null;
        if (isPage && HttpMethods.IsGet(context.Request.Method)
            && !context.RequestServices.GetRequiredService<ChangeFeed>().Hears
            && !await context.RequestServices.GetRequiredService<DatabaseHealth>().Answers(context.RequestAborted))
        {
            await Faults.SayDatabaseIsAway(context, context.RequestAborted);
            return;
        }
        await next(context);
    }
}
