using PqdPortal.Web.Layout.Attachments;
using PqdPortal.Web.Layout.Composition;
using PqdPortal.Web.Layout.Family;
using PqdPortal.Web.Layout.Notes;
using PqdPortal.Web.Layout.People;
using PqdPortal.Web.Layout.Talking;

namespace PqdPortal.Web.Layout;

/// <summary>What the pages of several features show of a record, line by line.</summary>
public static class RecordPieces
{
    public static IServiceCollection AddRecordPieces(this IServiceCollection services) => services
        .AddScoped<Bulk.BulkQueries>()
        .AddScoped<Bulk.BulkCommands>()
        .AddScoped<CompositionQueries>()
        .AddScoped<FamilyQueries>()
        .AddScoped<Fields.NameLooksQueries>()
        .AddScoped<FamilyCommands>()
        .AddScoped<History.VersionQueries>()
        .AddScoped<Fields.SetupQueries>()
        .AddScoped<TalkQueries>()
        .AddScoped<TalkCommands>()
        .AddScoped<NoticeQueries>()
        .AddScoped<NoticeCommands>()
        .AddScoped<AttachmentQueries>()
        .AddScoped<AttachmentCommands>()
        .AddScoped<NoteCommands>()
        .AddPeopleParts();

    public static IEndpointRouteBuilder MapRecordPieces(this IEndpointRouteBuilder portal)
    {
        AttachmentsApi.Map(portal);
        PeopleApi.Map(portal);
        CompositionApi.Map(portal);
        return portal;
    }
}
