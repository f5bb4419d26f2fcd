using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.People;

/// <summary>Makes read-only links and takes them back; for those who manage the project.</summary>
public sealed class LinkCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock, IPasswordHasher<ShareLink> passwords)
{
    public const int ShortestPassword = 8, LongestPassword = 128, LongestLife = 3650;

    /// <summary>Makes a link to a record or a project. Its secret is given back this once; what is kept is its hash.</summary>
    public async Task<(string? Token, string? Trouble, Guid Id)> Make(LinkedKind kind, Guid id, NewLink typed, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (await RecordPlace.Of(db, viewer, kind, id, stop) is not { } place || !await db.Projects.ManageableBy(viewer).AnyAsync(one => one.Id == place.Project, stop)) return (null, MemberCommands.NotAllowed, default);
        var name = typed.Name.Trim();
        if (name.Length == 0) return (null, "Say whom the link is for, such as the reviewers; it tells the links apart when you revoke one. The visitor does not see it.", default);
        if (Keepable.TroubleOf(name, ShareLink.LongestName, "The name of a link") is { } unfit) return (null, unfit, default);
        if (typed.Days is < 1 or > LongestLife) return (null, $"A link is good for 1 to {LongestLife} days, or until it is revoked.", default);
        if (typed.Password.Length > 0 && (typed.Password.Length is < ShortestPassword or > LongestPassword || !Keepable.IsText(typed.Password)))
            return (null, $"The password has {ShortestPassword} to {LongestPassword} characters; leave it empty for none.", default);
        var token = LinkSecret.Make();
        var link = new ShareLink
        {
            ProjectId = place.Project, Kind = kind, RecordId = id, Name = name, Hash = LinkSecret.Hash(token)!, WithoutNames = typed.WithoutNames,
            CreatedById = viewer.PersonId, ExpiresAt = typed.Days is { } days ? clock.GetUtcNow().AddDays(days) : null,
        };
        if (typed.Password.Length > 0) link.PasswordHash = passwords.HashPassword(link, typed.Password);
        db.ShareLinks.Add(link);
        await db.SaveChangesAsync(stop);
        return (token, null, link.Id);
    }

    /// <summary>Takes a link back: from now on it opens nothing.</summary>
    public async Task<string?> Revoke(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (await db.ShareLinks.SingleOrDefaultAsync(link => link.Id == id, stop) is not { } known || !await db.Projects.ManageableBy(viewer).AnyAsync(one => one.Id == known.ProjectId, stop)) return MemberCommands.NotAllowed;
        if (known.RevokedAt is not null) return null;
        known.RevokedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(stop);
        return null;
    }
}
