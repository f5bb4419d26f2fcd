namespace PqdPortal.Web.Features.Simulation;

/// <summary>Simulated measurements, asked for in a form.</summary>
public static class SimulationFeature
{
    public static IServiceCollection AddSimulation(this IServiceCollection services) => services
        .AddScoped<SimulationQueries>()
        .AddScoped<SimulationCommands>();
}
