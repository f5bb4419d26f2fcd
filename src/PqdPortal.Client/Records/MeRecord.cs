namespace PqdPortal.Client.Records;

/// <summary>Whose program this is, and what its token is good for.</summary>
/// <param name="Name">As shown beside the person's work.</param>
/// <param name="IsAdministrator">Whether it may do everything; a token for one project never does.</param>
/// <param name="Projects">Projects in which the program may at least read, by code, with the role there.</param>
/// <param name="Token">The token that was sent; null for a page of the portal itself.</param>
public sealed record MeRecord(Guid Id, string Name, bool IsAdministrator, IReadOnlyList<MyPart> Projects, TokenRecord? Token);

/// <summary>One project and what one may do there.</summary>
/// <param name="Code">Short code, such as PQ; the codes of its records begin with it.</param>
/// <param name="Role">read, comment, edit or manage.</param>
public sealed record MyPart(Guid Id, string Code, string Name, string Role);

/// <summary>An access token as its person sees it; the token itself is shown once, on the page where it is made.</summary>
/// <param name="Scope">read: it changes nothing; write: it may change what its person may.</param>
/// <param name="Project">Code of the one project it is good for; null where it is good for all.</param>
/// <param name="ExpiresAt">When it ends by itself; null where it is good until revoked.</param>
/// <param name="LastUsedAt">Exact to a minute.</param>
/// <param name="LastAddress">From which address it was used last.</param>
/// <param name="LastProgram">By which program, in its own words.</param>
public sealed record TokenRecord(
    Guid Id, string Name, string Scope, string? Project, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt, string? LastAddress, string? LastProgram);
