namespace PqdPortal.Web.Features.Imports;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class ImportsFeature
{
    public static IServiceCollection AddImports(this IServiceCollection services) => services
        .AddScoped<ImportQueries>()
        .AddScoped<ImportCommands>();

    public static IEndpointRouteBuilder MapImports(this IEndpointRouteBuilder portal)
    {
        ImportsApi.Map(portal);
        return portal;
    }
}
