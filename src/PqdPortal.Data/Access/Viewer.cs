using PqdPortal.Data.Groups;

namespace PqdPortal.Data.Access;

/// <summary>Who asks, and what role they have in which project at this moment. Made afresh for every operation.</summary>
/// <param name="PersonId">Null for nobody (not signed in).</param>
/// <param name="Roles">Effective role per project, from all grants that reach the person; projects without one are absent.</param>
public sealed record Viewer(Guid? PersonId, string Name, bool IsAdministrator, IReadOnlyDictionary<Guid, AccessRole> Roles)
{
    /// <summary>What a read-only link opens, where the viewer is whoever holds one; null for people.</summary>
    public LinkScope? Link { get; init; }

    /// <summary>Came by an invitation: is told only of people with whom they share a project or a group.</summary>
    public bool IsGuest { get; init; }

    /// <summary>The one project that a program of the person was let into; null where there is no such bound.</summary>
    public Guid? Only { get; init; }

    /// <summary>Whether both are the same person with the same part in every project.</summary>
    public bool MayTheSameAs(Viewer other) =>
        PersonId == other.PersonId && IsAdministrator == other.IsAdministrator && IsGuest == other.IsGuest && Only == other.Only && Link == other.Link
        && Roles.Count == other.Roles.Count && Roles.All(role => other.Roles.TryGetValue(role.Key, out var same) && same == role.Value);

    /// <summary>Nobody: sees nothing.</summary>
    public static Viewer Nobody { get; } = new(null, "", false, new Dictionary<Guid, AccessRole>());

    /// <summary>The portal itself, for background work: sees and may do everything.</summary>
    public static Viewer Portal { get; } = new(null, "PqdPortal", true, new Dictionary<Guid, AccessRole>());
}
