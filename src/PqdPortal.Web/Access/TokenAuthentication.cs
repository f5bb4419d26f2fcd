using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using PqdPortal.Data;
using PqdPortal.Data.Account;

namespace PqdPortal.Web.Access;

/// <summary>Signs in a program by a personal access token: <c>Authorization: Bearer pqd_...</c>. Only the token's hash is known here.</summary>
public sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder,
    IDbContextFactory<PortalDb> database, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string SchemeName = "Token";
    const string Prefix = "Bearer ";

    /// <summary>Whether a request brings a token, so that the cookie is not asked.</summary>
    public static bool IsOn(HttpRequest request) =>
        request.Headers.Authorization.ToString().StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>SHA-256 of a token, as it is stored.</summary>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!IsOn(Request)) return AuthenticateResult.NoResult();
        var hash = Hash(Request.Headers.Authorization.ToString()[Prefix.Length..].Trim());
        var now = clock.GetUtcNow();

        await using var db = await database.CreateDbContextAsync(Context.RequestAborted);
        var found = await db.AccessTokens
            .Where(token => token.Hash == hash && token.RevokedAt == null && (token.ExpiresAt == null || token.ExpiresAt > now))
            .Where(token => token.Person.RemovedAt == null)
            .Select(token => new { token.Id, token.PersonId, token.Person.Name, token.LastUsedAt, token.Scope, token.ProjectId })
            .SingleOrDefaultAsync(Context.RequestAborted);
        if (found is null) return AuthenticateResult.Fail("The token is not known, has expired or was revoked. Make a new one on your profile page.");

        // "Last used" is for people: a minute is exact enough and spares a write for every request.
        var address = Limits.Address(Context.Connection.RemoteIpAddress);
        if (found.LastUsedAt is null || now - found.LastUsedAt > TimeSpan.FromMinutes(1))
        {
            var program = Fitting(Request.Headers.UserAgent.ToString());
            await db.AccessTokens.Where(token => token.Id == found.Id).ExecuteUpdateAsync(
                token => token.SetProperty(t => t.LastUsedAt, now).SetProperty(t => t.LastAddress, address).SetProperty(t => t.LastProgram, program), Context.RequestAborted);
        }

        List<Claim> claims =
        [
            new(ClaimTypes.NameIdentifier, found.PersonId.ToString()), new(PersonClaims.Name, found.Name), new(PersonClaims.Token, found.Id.ToString()),
            new(PersonClaims.Scope, found.Scope == TokenScope.Read ? TokenReach.Read : TokenReach.Write),
        ];
        if (found.ProjectId is { } project) claims.Add(new(PersonClaims.OnlyProject, project.ToString()));
        var identity = new ClaimsIdentity(claims, SchemeName, PersonClaims.Name, null);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    /// <summary>What a program says of itself, as far as it can be kept and shown.</summary>
    static string? Fitting(string program)
    {
        var text = new string([.. program.Where(letter => letter is >= ' ' and <= '~')]).Trim();
        return text.Length == 0 ? null : text[..Math.Min(text.Length, AccessToken.LongestProgram)];
    }
}
