using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Samples;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class SamplesFeature
{
    public static IServiceCollection AddSamples(this IServiceCollection services) => services
        .AddScoped<BatchQueries>()
        .AddScoped<BatchCommands>()
        .AddScoped<AgeingQueries>()
        .AddScoped<SampleQueries>()
        .AddScoped<SampleCommands>()
        .AddScoped<DotQueries>()
        .AddScoped<DotCommands>()
        .AddScoped<TemplateCommands>()
        .AddScoped<Layout.Templates.TemplateQueries>()
        .AddPageDoor<TemplatePage, Layout.Templates.TemplateQueries>(nameof(TemplatePage.Id), (templates, id, stop) => templates.IsThere(Guid.Parse(id), stop))
        .AddPageDoor<BatchPage, BatchQueries>(nameof(BatchPage.Code), (batches, code, stop) => batches.IsThere(code, stop))
        .AddPageDoor<SamplePage, SampleQueries>(nameof(SamplePage.Code), (samples, code, stop) => samples.IsThere(code, stop))
        .AddPageDoor<DotPage, DotQueries>(nameof(DotPage.Code), (dots, code, stop) => dots.IsThere(code, stop));

    public static IEndpointRouteBuilder MapSamples(this IEndpointRouteBuilder portal)
    {
        SamplesApi.Map(portal);
        TemplatesApi.Map(portal);
        return portal;
    }
}
