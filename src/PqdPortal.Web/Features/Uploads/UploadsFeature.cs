namespace PqdPortal.Web.Features.Uploads;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class UploadsFeature
{
    public static IServiceCollection AddUploads(this IServiceCollection services) => services
        .AddScoped<UploadQueries>()
        .AddScoped<InboxQueries>()
        .AddScoped<InboxCommands>()
        .AddScoped<NamesQueries>()
        .AddScoped<NamesCommands>()
        .AddScoped<AgentCommands>();

    public static IEndpointRouteBuilder MapUploads(this IEndpointRouteBuilder portal)
    {
        portal.MapTus();
        portal.MapInbox();
        portal.MapAgents();
        FilesApi.Map(portal);
        return portal;
    }
}
