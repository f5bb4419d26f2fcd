using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Access;

/// <summary>How it stands with an invitation.</summary>
public enum JoinState
{
    Open,

    /// <summary>No such code was ever given, or the project is in the bin.</summary>
    Unknown,
    Expired, Revoked, Used,

    /// <summary>Who made it does not manage the project or the group any more.</summary>
    MakerGone,

    /// <summary>It is bound to another address than the account's.</summary>
    OtherAddress,

    /// <summary>The person has all of it already; nothing was used up.</summary>
    Already,
    Joined,
}

/// <summary>What an invitation leads to, for whoever holds its code.</summary>
public sealed record JoinLook(JoinState State, Guid? ProjectId, string? Project, AccessRole Role, Guid? GroupId, string? Group, string? By, string? Address, DateTimeOffset ExpiresAt)
{
    internal static JoinLook Nothing { get; } = new(JoinState.Unknown, null, null, AccessRole.None, null, null, null, null, default);
}

/// <summary>Lets people in by invitations: each use counts once, whoever comes at the same moment.</summary>
public sealed class Joining(IDbContextFactory<PortalDb> database, Viewers viewers, TimeProvider clock)
{
    /// <summary>What stands behind a code at this moment.</summary>
    public async Task<JoinLook> Look(string? code, CancellationToken stop = default)
    {
        if (LinkSecret.Hash(code) is not { } hash) return JoinLook.Nothing;
        await using var db = await database.CreateDbContextAsync(stop);
        var found = await db.Invitations.AsNoTracking().Include(one => one.Project).Include(one => one.Group).SingleOrDefaultAsync(one => one.Hash == hash, stop);
        if (found is null) return JoinLook.Nothing;
        var by = await db.Users.Where(person => person.Id == found.CreatedById).Select(person => person.Name).FirstOrDefaultAsync(stop);
        var state = await State(db, found, stop);
        // Of what it led to, nothing is told any more when it is over.
        return state == JoinState.Open
            ? new(state, found.ProjectId, found.Project?.Name, found.Role, found.GroupId, found.Group?.Name, by, found.Address, found.ExpiresAt)
            : JoinLook.Nothing with { State = state, By = state == JoinState.Unknown ? null : by, ExpiresAt = found.ExpiresAt };
    }

    /// <summary>Lets a person in. Within the open transaction of the context: an account that is made for it comes with it or not at all.</summary>
    public async Task<JoinState> Accept(PortalDb db, string? code, PortalUser person, CancellationToken stop = default)
    {
        if (LinkSecret.Hash(code) is not { } hash) return JoinState.Unknown;
        // Locked, so that of two who come by the last use at once the second finds it used.
        var found = await db.Invitations.FromSql($"""SELECT * FROM "Invitations" WHERE "Hash" = {hash} FOR UPDATE""").SingleOrDefaultAsync(stop);
        if (found is null) return JoinState.Unknown;
        await db.Entry(found).Reference(one => one.Project).LoadAsync(stop);
        var (now, state) = (clock.GetUtcNow(), await State(db, found, stop));
        var hasCome = await db.InvitationUses.AnyAsync(use => use.InvitationId == found.Id && use.PersonId == person.Id, stop);
        if (state != JoinState.Open) return hasCome && state == JoinState.Used ? JoinState.Already : state;
        if (found.Address is { } address && !Same(address, person.Email) && !Same(address, person.UserName)) return JoinState.OtherAddress;

        var gives = false;
        if (found.ProjectId is { } project)
        {
            var grant = await db.Grants.FirstOrDefaultAsync(one => one.ProjectId == project && one.PersonId == person.Id, stop);
            if (grant is null) db.Grants.Add(grant = new Grant { ProjectId = project, PersonId = person.Id });
            // A role that is as strong and lasts stays as it is.
            if (grant.Role < found.Role || grant.ExpiresAt is not null)
            {
                (grant.Role, grant.ExpiresAt, grant.GrantedById, grant.GrantedAt) = (grant.Role > found.Role && grant.ExpiresAt > now ? grant.Role : found.Role, null, found.CreatedById, now);
                gives = true;
            }
        }
        if (found.GroupId is { } group && !await db.Memberships.AnyAsync(one => one.GroupId == group && one.PersonId == person.Id, stop))
        {
            db.Memberships.Add(new Membership { GroupId = group, PersonId = person.Id });
            gives = true;
        }
        if (!gives) return JoinState.Already;
        found.Uses++;
        if (!hasCome) db.InvitationUses.Add(new InvitationUse { InvitationId = found.Id, PersonId = person.Id, At = now });
        await db.SaveChangesAsync(stop);
        return JoinState.Joined;
    }

    async Task<JoinState> State(PortalDb db, Invitation found, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        if (found.ProjectId is not null && found.Project?.DeletedAt is not null) return JoinState.Unknown;
        if (found.RevokedAt is not null) return JoinState.Revoked;
        if (found.Uses >= found.UsesAllowed) return JoinState.Used;
        if (found.ExpiresAt <= now) return JoinState.Expired;
        // Who may not invite any more has no invitations out.
        var maker = await viewers.Of(found.CreatedById, stop);
        if (found.ProjectId is { } project && !maker.MayManage(project)) return JoinState.MakerGone;
        if (found.GroupId is { } group && !maker.IsAdministrator
            && !await db.Memberships.AnyAsync(one => one.GroupId == group && one.PersonId == found.CreatedById && one.IsManager, stop)) return JoinState.MakerGone;
        return JoinState.Open;
    }

    static bool Same(string address, string? name) => string.Equals(address, name, StringComparison.OrdinalIgnoreCase);
}
