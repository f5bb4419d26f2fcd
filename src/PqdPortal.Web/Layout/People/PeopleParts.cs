using Microsoft.AspNetCore.Identity;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Live;

namespace PqdPortal.Web.Layout.People;

/// <summary>What the parts about people register.</summary>
public static class PeopleParts
{
    public static IServiceCollection AddPeopleParts(this IServiceCollection services) => services
        .AddScoped<PeopleQueries>()
        .AddScoped<MemberCommands>()
        .AddScoped<InvitationCommands>()
        .AddScoped<LinkCommands>()
        .AddSingleton<Editors>()
        .AddSingleton<IPasswordHasher<ShareLink>, PasswordHasher<ShareLink>>();
}
