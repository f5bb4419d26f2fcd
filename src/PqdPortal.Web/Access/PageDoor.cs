using Microsoft.AspNetCore.Components.Endpoints;

namespace PqdPortal.Web.Access;

/// <summary>
/// Says of a page of one record whether there is anything at this address for the viewer. What is not there, or is not for them, is
/// answered with 404 before the page opens: nobody can tell the one from the other.
/// </summary>
/// <param name="Page">The component.</param>
/// <param name="IsThere">Asks the feature's own query; the request holds the values of the address.</param>
public sealed record PageDoor(Type Page, Func<HttpContext, Task<bool>> IsThere)
{
    /// <summary>Stops requests for pages whose record is not there.</summary>
    public static async Task Guard(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is { Type: var page }
            && context.RequestServices.GetServices<PageDoor>().FirstOrDefault(door => door.Page == page) is { } door
            && !await door.IsThere(context))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        await next(context);
    }
}

/// <summary>How features list the doors of their pages.</summary>
public static class PageDoors
{
    /// <param name="isThere">Asks a query of the feature with the value of the address.</param>
    public static IServiceCollection AddPageDoor<TPage, TQueries>(
        this IServiceCollection services, string value, Func<TQueries, string, CancellationToken, Task<bool>> isThere) where TQueries : notnull =>
        services.AddSingleton(new PageDoor(typeof(TPage), context => isThere(
            context.RequestServices.GetRequiredService<TQueries>(), context.GetRouteValue(value)?.ToString() ?? "", context.RequestAborted)));
}
