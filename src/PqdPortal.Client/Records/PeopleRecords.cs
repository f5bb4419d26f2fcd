namespace PqdPortal.Client.Records;

/// <summary>Somebody you may be told of, such as to give them a role.</summary>
public sealed record PersonRecord(Guid Id, string Name);

/// <summary>A role that a person or a group has in a project.</summary>
/// <param name="Id">Of the role itself; it is taken back by it.</param>
/// <param name="Person">Id of the person; null for a group.</param>
/// <param name="Group">Id of the group; null for a person.</param>
/// <param name="Role">read, comment, edit or manage.</param>
/// <param name="Until">The moment at which it ends; null for no end.</param>
/// <param name="HasEnded">It has ended and opens nothing any more.</param>
/// <param name="By">Who gave it.</param>
/// <param name="IsRemoved">The person's account was removed; the name stays.</param>
public sealed record MemberRecord(Guid Id, Guid? Person, Guid? Group, string Name, string Role, DateTimeOffset? Until, bool HasEnded, DateTimeOffset Since, string? By, bool IsRemoved);

/// <summary>A role to give; whoever has one in the project already gets this one instead.</summary>
/// <param name="Person">Id of a person; either this or a group.</param>
/// <param name="Group">Id of a group.</param>
/// <param name="Role">read, comment, edit or manage.</param>
/// <param name="Until">The last day; null for no end.</param>
public sealed record MemberDraft(Guid? Person = null, Guid? Group = null, string? Role = null, DateOnly? Until = null);

/// <summary>Who manages a project from now on, and what you keep.</summary>
/// <param name="To">Id of a person.</param>
/// <param name="Keep">none, read, comment, edit or manage.</param>
public sealed record HandOver(Guid To, string? Keep = "none");

/// <summary>An invitation to a project or a group. Its code was shown once, when it was made.</summary>
/// <param name="For">Whom it is for, or the address it is bound to.</param>
/// <param name="Role">In the project: read, comment, edit or manage; none for a group alone.</param>
/// <param name="Group">Name of the group it leads into.</param>
/// <param name="State">open, used, expired or revoked.</param>
/// <param name="Came">Names of those who came by it.</param>
public sealed record InvitationRecord(
    Guid Id, string? For, string Role, string? Group, string? By, DateTimeOffset MadeAt, DateTimeOffset ExpiresAt, int Uses, int UsesAllowed, string State, IReadOnlyList<string> Came);

/// <summary>People to invite, each by an invitation of their own.</summary>
/// <param name="People">1 to 20 of them.</param>
/// <param name="Days">So long the invitations are good, 1 to 365.</param>
/// <param name="Uses">So many people each lets in; one where it is bound to an address.</param>
/// <param name="Group">Id of a group you manage that it leads into besides; where a group itself invites, that group.</param>
public sealed record InvitationDraft(IReadOnlyList<InvitedDraft>? People = null, int Days = 14, int Uses = 1, Guid? Group = null);

/// <summary>Somebody to invite.</summary>
/// <param name="For">A name, to tell the invitations apart, or an e-mail address, which binds it.</param>
/// <param name="Role">read, comment, edit or manage; in an invitation to a group it says nothing.</param>
public sealed record InvitedDraft(string? For = null, string? Role = "read");

/// <summary>An invitation that was just made.</summary>
/// <param name="Code">Shown this once; whoever has it may come.</param>
/// <param name="Address">The page that takes the code, to be sent to whom it is for.</param>
/// <param name="IsBound">Only the account of the address may use it.</param>
public sealed record MadeInvitationRecord(Guid Id, string For, string Role, string Code, string Address, DateTimeOffset ExpiresAt, bool IsBound);

/// <summary>A read-only link to a record or a project. Its secret was shown once, when it was made.</summary>
/// <param name="Name">Whom it is for; null where your role is less than edit.</param>
/// <param name="Of">project, batch, sample, dot or run.</param>
/// <param name="Record">Id of what it opens.</param>
/// <param name="Opens">The same in words.</param>
/// <param name="WithoutNames">The visitor is told no person's name and no free text.</param>
/// <param name="Visits">How often somebody came by it.</param>
/// <param name="State">open, expired or revoked.</param>
public sealed record LinkRecord(
    Guid Id, string? Name, string Of, Guid Record, string Opens, bool HasPassword, bool WithoutNames, string? By, DateTimeOffset MadeAt, DateTimeOffset? ExpiresAt, int Visits,
    DateTimeOffset? LastUsedAt, string State);

/// <summary>A read-only link to make.</summary>
/// <param name="Of">project, batch, sample, dot or run.</param>
/// <param name="Record">Code or id of what it opens.</param>
/// <param name="Name">Whom it is for; the visitor does not see it.</param>
/// <param name="Days">So long it is good, 1 to 3650; null for no end.</param>
/// <param name="Password">8 to 128 characters that are asked besides; null for none.</param>
/// <param name="WithoutNames">True shows no person's name and no free text.</param>
public sealed record LinkDraft(string? Of = null, string? Record = null, string? Name = null, int? Days = 90, string? Password = null, bool WithoutNames = false);

/// <summary>A link that was just made.</summary>
/// <param name="Address">The page it opens, with its secret; shown this once.</param>
public sealed record MadeLinkRecord(Guid Id, string Address);

/// <summary>Who can see one record, and why.</summary>
/// <param name="Project">Name of the project that decides it.</param>
/// <param name="Role">Your own: read, comment, edit or manage.</param>
/// <param name="People">Everybody who can see it, the strongest first.</param>
/// <param name="Links">Open read-only links that show it.</param>
/// <param name="Invitations">Open invitations by which somebody may come; told to those who manage the project.</param>
public sealed record SeenBy(string Project, string Role, IReadOnlyList<AccessEntry> People, IReadOnlyList<LinkRecord> Links, IReadOnlyList<InvitationRecord> Invitations);

/// <summary>A group with all that its people see of it.</summary>
/// <param name="Version">Row version; sent back as If-Match when naming it.</param>
/// <param name="MayManage">You may name it, and add and remove people.</param>
public sealed record GroupDetails(Guid Id, uint Version, string Name, bool MayManage, IReadOnlyList<GroupPersonRecord> Members, IReadOnlyList<GroupProjectRecord> Projects);

/// <summary>Somebody in a group.</summary>
/// <param name="IsManager">May name the group, and add and remove people.</param>
/// <param name="IsRemoved">The account was removed; the name stays.</param>
public sealed record GroupPersonRecord(Guid Id, string Name, bool IsManager, DateTimeOffset Since, bool IsRemoved);

/// <summary>A project that a group has a role in and you see.</summary>
/// <param name="Role">read, comment, edit or manage.</param>
/// <param name="Until">The moment at which it ends; null for no end.</param>
public sealed record GroupProjectRecord(Guid Id, string Name, string Role, DateTimeOffset? Until);

/// <summary>A group's name.</summary>
public sealed record GroupDraft(string? Name = null);

/// <summary>A person to have in a group.</summary>
/// <param name="Person">Id of the person.</param>
/// <param name="IsManager">Whether they may name the group, and add and remove people.</param>
public sealed record GroupPersonDraft(Guid Person, bool IsManager = false);
