using PqdPortal.Data.Access;
using PqdPortal.Data.Groups;

namespace PqdPortal.Web.Layout.People;

/// <summary>One grant of a project.</summary>
/// <param name="IsRemoved">The person's account was removed; the grant opens nothing, the name stays.</param>
public sealed record MemberRow(
    Guid GrantId, Guid? PersonId, Guid? GroupId, string Name, AccessRole Role, DateTimeOffset? ExpiresAt, bool HasExpired, DateTimeOffset GrantedAt, string? GrantedBy, bool IsRemoved)
{
    public bool IsGroup => GroupId is not null;
}

/// <summary>A person (p and id) or group (g and id) that can be given a role.</summary>
public sealed record SubjectRow(string Key, string Name, bool IsGroup);

/// <summary>An invitation as those see it who manage the project or the group.</summary>
/// <param name="MeantFor">Whom it is for, or the address it is bound to.</param>
/// <param name="IsOpen">Somebody can still come by it.</param>
/// <param name="State">In a word, where it is not open: used, expired, revoked.</param>
public sealed record InvitationRow(
    Guid Id, string? MeantFor, AccessRole Role, string? Group, string? By, DateTimeOffset MadeAt, DateTimeOffset ExpiresAt, int Uses, int UsesAllowed, bool IsOpen, string State, IReadOnlyList<string> Came);

/// <summary>A read-only link.</summary>
/// <param name="Name">Whom it is for; null where the viewer may not be told.</param>
/// <param name="Opens">What it opens, in words: "this batch", "the whole project".</param>
public sealed record LinkRow(
    Guid Id, string? Name, LinkedKind Kind, Guid RecordId, string Opens, bool HasPassword, bool WithoutNames, string? By, DateTimeOffset MadeAt, DateTimeOffset? ExpiresAt, int Visits, DateTimeOffset? LastUsedAt, bool IsOpen, string State);

/// <summary>Who can see a record, and why; and who may come.</summary>
/// <param name="Role">The viewer's own.</param>
public sealed record WhoView(
    Guid ProjectId, string Project, AccessRole Role, IReadOnlyList<PersonAccess> People, IReadOnlyList<MemberRow> Members, IReadOnlyList<InvitationRow> Invitations, IReadOnlyList<LinkRow> Links)
{
    public bool MayManage => Role >= AccessRole.Manage;
}

/// <summary>What lies in a project, for telling somebody what they will see.</summary>
public sealed record Holdings(int Batches, int Dots, int Runs, int People);

/// <summary>What a person chooses for a new member.</summary>
public sealed class NewMember
{
    /// <summary>p or g and the id.</summary>
    public string Subject { get; set; } = "";
    public AccessRole Role { get; set; } = AccessRole.Read;

    /// <summary>The last day; null for no end.</summary>
    public DateOnly? Until { get; set; }
}

/// <summary>Another role for one grant.</summary>
/// <param name="Was">The role it had when the person looked.</param>
/// <param name="Role">None takes the grant away.</param>
public sealed record RoleChange(Guid Grant, AccessRole Was, AccessRole Role);

/// <summary>One person to invite, as typed.</summary>
public sealed class InviteRow
{
    /// <summary>A name, to tell the invitations apart, or an e-mail address, which binds it.</summary>
    public string For { get; set; } = "";
    public AccessRole Role { get; set; } = AccessRole.Read;

    public bool IsEmpty => string.IsNullOrWhiteSpace(For);
}

/// <summary>How long invitations are good, for how many each, and into which group they lead besides.</summary>
public sealed class InviteTerms
{
    public int Days { get; set; } = 14;
    public int Uses { get; set; } = 1;
    public Guid? Group { get; set; }
}

/// <summary>An invitation that was just made; its code is shown this once.</summary>
public sealed record MadeInvitation(Guid Id, string For, AccessRole Role, string Code, DateTimeOffset ExpiresAt, bool IsBound);

/// <summary>What a person chooses for a new read-only link.</summary>
public sealed class NewLink
{
    public string Name { get; set; } = "";
    public bool WithoutNames { get; set; }

    /// <summary>Null for no end.</summary>
    public int? Days { get; set; } = 90;
    public string Password { get; set; } = "";
}
