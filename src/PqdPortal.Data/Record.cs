using System.ComponentModel.DataAnnotations;

using PqdPortal.Data.Groups;

namespace PqdPortal.Data;

/// <summary>What people edit: it has a row version, so that a stale save is refused, and leaves an audit event at every change.</summary>
public interface IRecord
{
    Guid Id { get; }

    /// <summary>PostgreSQL's xmin of the row: changes with every save.</summary>
    uint Version { get; set; }
}

/// <summary>A record that belongs to a project; the project alone decides who may see and change it.</summary>
public interface IInProject
{
    Guid ProjectId { get; }

    /// <summary>When it was put into the bin; null while it is alive.</summary>
    DateTimeOffset? DeletedAt { get; }
}

/// <summary>What all editable records of a project share.</summary>
public abstract class ProjectRecord : IRecord, IInProject
{
    public Guid Id { get; set; } = Guid.CreateVersion7();

    [Timestamp] public uint Version { get; set; }

    public Guid ProjectId { get; set; }
    public Project Project { get; set; } = null!;

    /// <summary>Markdown, no raw HTML.</summary>
    public string? Notes { get; set; }

    public Guid? CreatedById { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>Made by the portal's own simulator; never mistaken for a measurement.</summary>
    public bool Simulated { get; set; }
}
