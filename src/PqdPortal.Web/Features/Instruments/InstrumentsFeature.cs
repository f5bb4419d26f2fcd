using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Instruments;

/// <summary>Set-ups: what they are, their log, their last runs.</summary>
public static class InstrumentsFeature
{
    public static IServiceCollection AddInstruments(this IServiceCollection services) => services
        .AddScoped<InstrumentQueries>()
        .AddScoped<InstrumentCommands>()
        .AddPageDoor<InstrumentPage, InstrumentQueries>(nameof(InstrumentPage.Id), (instruments, id, stop) => instruments.IsThere(Guid.Parse(id), stop));

    public static IEndpointRouteBuilder MapInstruments(this IEndpointRouteBuilder portal)
    {
        InstrumentsApi.Map(portal);
        return portal;
    }
}
