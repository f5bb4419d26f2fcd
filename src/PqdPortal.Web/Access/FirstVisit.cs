using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;

namespace PqdPortal.Web.Access;

/// <summary>Whether the portal has its first person. Until then every page leads to the welcome page.</summary>
public sealed class FirstVisit(IDbContextFactory<PortalDb> database)
{
    public const string Address = "/welcome";
    volatile bool _isOver;

    /// <summary>True while nobody has an account.</summary>
    public async Task<bool> IsNow(CancellationToken stop = default)
    {
        if (_isOver) return false;
        await using var db = await database.CreateDbContextAsync(stop);
        _isOver = await db.Users.AnyAsync(stop);
        return !_isOver;
    }

    /// <summary>Sends every page to the welcome page, and keeps it from being asked for again later.</summary>
    public static async Task Lead(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path;
        var isPage = context.GetEndpoint()?.Metadata.GetMetadata<Microsoft.AspNetCore.Components.Endpoints.ComponentTypeMetadata>() is not null;
        if (isPage && path != Address && await context.RequestServices.GetRequiredService<FirstVisit>().IsNow(context.RequestAborted))
        {
            context.Response.Redirect(context.Request.PathBase + Address);
            return;
        }
        await next(context);
    }
}
