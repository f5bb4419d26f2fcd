namespace PqdPortal.Web.Features.Home;

/// <summary>The first page: what runs, what is new, and how to begin.</summary>
public static class HomeFeature
{
    public static IServiceCollection AddHome(this IServiceCollection services) => services
        .AddSingleton<DemoLaboratory>()
        .AddHostedService(services => services.GetRequiredService<DemoLaboratory>())
        .AddScoped<HomeQueries>()
        .AddScoped<NewsQueries>()
        .AddScoped<AgeingQueries>()
        .AddScoped<ComparisonQueries>()
        .AddScoped<HomeCommands>();

    public static IEndpointRouteBuilder MapHome(this IEndpointRouteBuilder portal) => portal;
}
