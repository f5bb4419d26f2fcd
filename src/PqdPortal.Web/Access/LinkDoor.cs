using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Groups;

namespace PqdPortal.Web.Access;

/// <summary>How a read-only link stands for who brings it.</summary>
public enum LinkStanding { Unknown, Expired, Revoked, WantsPassword, Open }

/// <summary>What a request under the address of a link may see.</summary>
/// <param name="Viewer">Nobody, unless the link is open.</param>
public sealed record LinkOpening(LinkStanding Standing, Viewer Viewer, ShareLink? Link)
{
    public static LinkOpening Nothing { get; } = new(LinkStanding.Unknown, Viewer.Nobody, null);
}

/// <summary>
/// The door of read-only links. Below their address there are no people: whoever asks there, signed in or not, is whoever holds the
/// link, and elsewhere the link is worth nothing.
/// </summary>
public sealed class LinkDoor(IDbContextFactory<PortalDb> database, IPasswordHasher<ShareLink> passwords, IDataProtectionProvider protection, TimeProvider clock)
{
    public const string Address = "/share";

    /// <summary>Name of the part of the address that holds the secret.</summary>
    public const string Token = nameof(Token);

    /// <summary>Wrong passwords in a row before none is taken for a while.</summary>
    const int MostWrong = 5;
    static readonly TimeSpan Locked = TimeSpan.FromMinutes(5), Stay = TimeSpan.FromHours(12);
    static readonly object Key = new();

    readonly ITimeLimitedDataProtector _seal = protection.CreateProtector("PqdPortal read-only link").ToTimeLimitedDataProtector();

    /// <summary>What the request's link opens; null for a request that is not below the address of links.</summary>
    public static LinkOpening? Of(HttpContext? http) => http?.Items[Key] as LinkOpening;

    /// <summary>Looks at the link before anything below its address is asked.</summary>
    public static async Task Guard(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Path.StartsWithSegments(Address))
        {
            await next(http);
            return;
        }
        var opening = await http.RequestServices.GetRequiredService<LinkDoor>().Look(http, http.RequestAborted);
        http.Items[Key] = opening;
        // What is not there is said here; the portal's own page for it is for people with an account.
        if (http.GetEndpoint() is not null && http.Features.Get<IStatusCodePagesFeature>() is { } pages) pages.Enabled = false;
        // The page says how the link stands; a figure of a link that is not open is not there.
        if (opening.Standing != LinkStanding.Open && http.GetEndpoint() is { } endpoint && endpoint.Metadata.GetMetadata<ComponentTypeMetadata>() is null)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        await next(http);
    }

    async Task<LinkOpening> Look(HttpContext http, CancellationToken stop)
    {
        if (LinkSecret.Hash(http.GetRouteValue(Token) as string) is not { } hash) return LinkOpening.Nothing;
        await using var db = await database.CreateDbContextAsync(stop);
        var now = clock.GetUtcNow();
        if (await db.ShareLinks.AsNoTracking().SingleOrDefaultAsync(one => one.Hash == hash, stop) is not { } link) return LinkOpening.Nothing;
        if (link.RevokedAt is not null) return new(LinkStanding.Revoked, Viewer.Nobody, link);
        if (!link.IsOpen(now)) return new(LinkStanding.Expired, Viewer.Nobody, link);
        var hasCookie = HasCookie(http, link);
        if (link.PasswordHash is not null && !hasCookie) return new(LinkStanding.WantsPassword, Viewer.Nobody, link);
        if (!hasCookie && HttpMethods.IsGet(http.Request.Method) && http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)
            await CountVisit(http, link, stop);
        return new(LinkStanding.Open, LinkScope.ViewerOf(link), link);
    }

    /// <summary>Takes the password of a link; null where it is right, else why not.</summary>
    public async Task<string?> Open(HttpContext http, ShareLink asked, string? password, CancellationToken stop = default)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var now = clock.GetUtcNow();
        // Locked: of many who guess at once, each is counted before the next is looked at.
        var link = await db.ShareLinks.FromSql($"""SELECT * FROM "ShareLinks" WHERE "Id" = {asked.Id} FOR UPDATE""").AsNoTracking().SingleAsync(stop);
        if (link.LockedUntil > now) return $"There were too many wrong passwords for this link. Try again in {Math.Ceiling((link.LockedUntil.Value - now).TotalMinutes):0} min.";
        // Longer than any password can be: not worth the work of a hash.
        var isRight = password is { Length: > 0 and <= 256 } && link.PasswordHash is { } hash && passwords.VerifyHashedPassword(link, hash, password) != PasswordVerificationResult.Failed;
        var wrong = isRight ? 0 : link.WrongPasswords + 1;
        var until = wrong >= MostWrong ? now + Locked : (DateTimeOffset?)null;
        await db.ShareLinks.Where(one => one.Id == link.Id)
            .ExecuteUpdateAsync(one => one.SetProperty(x => x.WrongPasswords, until is null ? wrong : 0).SetProperty(x => x.LockedUntil, until), stop);
        await transaction.CommitAsync(stop);
        if (!isRight) return until is null ? "This is not the password of this link." : $"This is not the password of this link. After {MostWrong} wrong ones no more are taken for {Locked.TotalMinutes:0} min.";
        await CountVisit(http, link, stop);
        return null;
    }

    async Task CountVisit(HttpContext http, ShareLink link, CancellationToken stop)
    {
        await using var db = await database.CreateDbContextAsync(stop);
        var now = clock.GetUtcNow();
        await db.ShareLinks.Where(one => one.Id == link.Id).ExecuteUpdateAsync(one => one.SetProperty(x => x.Visits, x => x.Visits + 1).SetProperty(x => x.LastUsedAt, now), stop);
        http.Response.Cookies.Append(CookieOf(link), _seal.Protect(StampOf(link), Stay), new()
        {
            HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, IsEssential = true, MaxAge = Stay, Path = http.Request.PathBase + Address,
        });
    }

    /// <summary>Whether this browser has been let in already.</summary>
    bool HasCookie(HttpContext http, ShareLink link)
    {
        if (http.Request.Cookies[CookieOf(link)] is not { Length: > 0 and < 2000 } cookie) return false;
        try
        {
            return _seal.Unprotect(cookie) == StampOf(link);
        }
        catch (CryptographicException)
        {
            return false; // not ours, or too old
        }
    }

    static string CookieOf(ShareLink link) => $"PqdPortal.Link.{link.Id:N}";

    /// <summary>Another password makes another stamp.</summary>
    static string StampOf(ShareLink link) => $"{link.Id:N} {Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(link.PasswordHash ?? "")))}";
}
