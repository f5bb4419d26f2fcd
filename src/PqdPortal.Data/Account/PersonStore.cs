using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;

namespace PqdPortal.Data.Account;

/// <summary>
/// Where Identity keeps persons. What has to be kept readable (the key of an authenticator, the recovery codes) lies in the database
/// encrypted with the portal's own keys: a stolen copy of the database alone opens no account.
/// </summary>
public sealed class PersonStore(PortalDb database, IDataProtectionProvider protection, IdentityErrorDescriber? words = null)
    : UserOnlyStore<PortalUser, PortalDb, Guid>(database, words)
{
    readonly IDataProtector _secrets = protection.CreateProtector("PqdPortal.PersonTokens");

    public override Task SetTokenAsync(PortalUser user, string loginProvider, string name, string? value, CancellationToken cancellationToken) =>
        base.SetTokenAsync(user, loginProvider, name, value is null ? null : _secrets.Protect(value), cancellationToken);

    /// <returns>Null also where the keys it was written with are gone: the person then sets their authenticator up again.</returns>
    public override async Task<string?> GetTokenAsync(PortalUser user, string loginProvider, string name, CancellationToken cancellationToken)
    {
        if (await base.GetTokenAsync(user, loginProvider, name, cancellationToken) is not { } kept) return null;
        try
        {
            return _secrets.Unprotect(kept);
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            return null;
        }
    }
}
