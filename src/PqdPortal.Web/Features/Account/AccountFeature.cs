namespace PqdPortal.Web.Features.Account;

/// <summary>What this feature registers and where its endpoints lie, line by line.</summary>
public static class AccountFeature
{
    public static IServiceCollection AddAccount(this IServiceCollection services) => services;

    public static IEndpointRouteBuilder MapAccount(this IEndpointRouteBuilder portal) => portal;
}
