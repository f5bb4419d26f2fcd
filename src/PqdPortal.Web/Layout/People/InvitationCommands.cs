using System.Net.Mail;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.People;

/// <summary>Makes invitations and takes them back. Who comes by one is the business of <see cref="Joining"/>.</summary>
public sealed class InvitationCommands(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>As many may be made at once, and be open at once for one project.</summary>
    public const int MostAtOnce = 20, MostOpen = 200;
    public const int LongestLife = 365;

    /// <summary>Makes an invitation for each row. The codes are given back this once; what is kept are their hashes.</summary>
    /// <param name="project">Null for a group alone.</param>
    public async Task<(IReadOnlyList<MadeInvitation> Made, string? Trouble)> Invite(Guid? project, IReadOnlyList<InviteRow> rows, InviteTerms terms, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        if (viewer.PersonId is not { } person || project is null && terms.Group is null) return ([], MemberCommands.NotAllowed);
        if (project is { } of && !await db.Projects.ManageableBy(viewer).AnyAsync(one => one.Id == of, stop)) return ([], MemberCommands.NotAllowed);
        if (terms.Group is { } group && !await Manages(db, viewer, group, stop)) return ([], "You do not manage this group, so you cannot invite into it.");
        if (TroubleOf(rows, terms, needsRole: project is not null) is { } trouble) return ([], trouble);
        var now = clock.GetUtcNow();
        if (await db.Invitations.CountAsync(one => one.ProjectId == project && (project != null || one.GroupId == terms.Group) && one.RevokedAt == null && one.ExpiresAt > now && one.Uses < one.UsesAllowed, stop) + rows.Count > MostOpen)
            return ([], $"More than {MostOpen} invitations would be open at once. Revoke those that nobody will use, or make one that lets in several.");
        List<MadeInvitation> made = [];
        foreach (var row in rows)
        {
            var (code, text) = (LinkSecret.Make(), row.For.Trim());
            var isBound = AddressOf(text) is not null;
            var invitation = new Invitation
            {
                ProjectId = project, GroupId = terms.Group, Role = project is null ? AccessRole.None : row.Role,
                MeantFor = isBound || text.Length == 0 ? null : text, Address = AddressOf(text), Hash = LinkSecret.Hash(code)!,
                UsesAllowed = isBound ? 1 : terms.Uses, CreatedById = person, ExpiresAt = now.AddDays(terms.Days),
            };
            db.Invitations.Add(invitation);
            made.Add(new(invitation.Id, text, invitation.Role, code, invitation.ExpiresAt, isBound));
        }
        await db.SaveChangesAsync(stop);
        return (made, null);
    }

    /// <summary>Why these rows cannot be invited; null where they can. Asked before a project is made for them, too.</summary>
    public static string? TroubleOf(IReadOnlyList<InviteRow> rows, InviteTerms terms, bool needsRole)
    {
        if (rows.Count == 0) return "Say whom to invite: a name or an e-mail address.";
        if (rows.Count > MostAtOnce) return $"At most {MostAtOnce} invitations are made at once.";
        if (terms.Days is < 1 or > LongestLife) return $"An invitation is good for 1 to {LongestLife} days.";
        if (terms.Uses is < 1 or > Invitation.MostUses) return $"An invitation lets in 1 to {Invitation.MostUses} people.";
        foreach (var row in rows)
        {
            if (needsRole && (row.Role == AccessRole.None || !Enum.IsDefined(row.Role))) return "Choose what they may do.";
            if (Keepable.TroubleOf(row.For.Trim(), row.For.Contains('@') ? Invitation.LongestAddress : Invitation.LongestNote, "The name of whom to invite") is { } unfit) return unfit;
            if (row.For.Contains('@') && AddressOf(row.For.Trim()) is null) return $"\"{row.For.Trim()}\" is no e-mail address. Write it as in kim@example.org, or a name without @.";
        }
        return null;
    }

    /// <summary>Takes an invitation back: its link lets nobody in any more. Who has come by it stays.</summary>
    public async Task<string?> Revoke(Guid id, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        db.Actor = viewer.PersonId;
        var known = await db.Invitations.SingleOrDefaultAsync(one => one.Id == id, stop);
        if (known is null || !(known.ProjectId is { } project && await db.Projects.ManageableBy(viewer).AnyAsync(one => one.Id == project, stop)
            || known.GroupId is { } group && known.ProjectId is null && await Manages(db, viewer, group, stop))) return MemberCommands.NotAllowed;
        if (known.RevokedAt is not null) return null;
        known.RevokedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(stop);
        return null;
    }

    static Task<bool> Manages(PortalDb db, Viewer viewer, Guid group, CancellationToken stop) => viewer.Only is not null ? Task.FromResult(false) : viewer.IsAdministrator
        ? db.Groups.AnyAsync(one => one.Id == group, stop)
        : db.Memberships.AnyAsync(one => one.GroupId == group && one.PersonId == viewer.PersonId && one.IsManager, stop);

    static string? AddressOf(string text) =>
        text.Contains('@') && MailAddress.TryCreate(text, out var address) && address.Address == text && !text.Any(char.IsWhiteSpace) ? text : null;
}
