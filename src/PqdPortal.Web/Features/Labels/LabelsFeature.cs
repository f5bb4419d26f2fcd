namespace PqdPortal.Web.Features.Labels;

/// <summary>Labels to print, and what a scanned one leads to.</summary>
public static class LabelsFeature
{
    public static IServiceCollection AddLabels(this IServiceCollection services) => services.AddScoped<LabelQueries>();
}
