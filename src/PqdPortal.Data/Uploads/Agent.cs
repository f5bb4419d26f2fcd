using System.ComponentModel.DataAnnotations;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Account;
using PqdPortal.Data.Runs;

namespace PqdPortal.Data.Uploads;

/// <summary>A program beside an instrument that sends its finished files (<c>pqd watch</c>), as it reported itself last.</summary>
public sealed class Agent
{
    /// <summary>Longer silence than this means that it is not running or cut off.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(3);

    public Guid Id { get; set; } = Guid.CreateVersion7();

    /// <summary>Whose token it uses.</summary>
    public Guid PersonId { get; set; }
    public PortalUser Person { get; set; } = null!;
    public Guid? InstrumentId { get; set; }
    public Instrument? Instrument { get; set; }

    /// <summary>The computer it runs on, and the folder it watches there.</summary>
    [MaxLength(100)] public required string Name { get; set; }
    [MaxLength(400)] public required string Folder { get; set; }

    /// <summary>Of the program.</summary>
    [MaxLength(100)] public string? Software { get; set; }
    public DateTimeOffset FirstHeardAt { get; set; }
    public DateTimeOffset LastHeardAt { get; set; }

    /// <summary>The last file it sent; names may tell of a project, so only its own person sees it.</summary>
    [MaxLength(400)] public string? LastFile { get; set; }
    public DateTimeOffset? LastFileAt { get; set; }

    /// <summary>Files sent since it was started, files that wait, and files that could not be sent.</summary>
    public int Sent { get; set; }
    public int Waiting { get; set; }
    public int Refused { get; set; }

    /// <summary>What keeps it from its work at this moment, in its own words; null where nothing does.</summary>
    [MaxLength(1000)] public string? Trouble { get; set; }

    /// <summary>It said that it was stopped by its person.</summary>
    public bool HasStopped { get; set; }

    internal static void Map(EntityTypeBuilder<Agent> agent)
    {
        agent.HasOne(a => a.Person).WithMany().HasForeignKey(a => a.PersonId);
        agent.HasOne(a => a.Instrument).WithMany().HasForeignKey(a => a.InstrumentId);
        agent.HasIndex(a => new { a.PersonId, a.Name, a.Folder }).IsUnique();
        agent.HasIndex(a => a.LastHeardAt);
    }
}
