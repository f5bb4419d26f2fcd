namespace PqdPortal.Client.Records;

/// <summary>One preparation of a batch. A value that is absent was not recorded.</summary>
public sealed record SampleRecord : ProjectRecordBase
{
    /// <summary>Short address, such as PQ-0042-S2; given by the portal.</summary>
    public string Code { get; init; } = "";

    /// <summary>Code of its batch; given when it is made.</summary>
    public string Batch { get; init; } = "";
    public string Name { get; init; } = "";

    /// <summary>not-recorded, colloid, isolated-dots, film, superlattice, quasi-two-dimensional-film.</summary>
    public string Form { get; init; } = "not-recorded";

    /// <summary>not-recorded, none, pmma, epoxy, polystyrene, other.</summary>
    public string Matrix { get; init; } = "not-recorded";

    /// <summary>Dilution factor (500 for 1:500).</summary>
    public double? Dilution { get; init; }
    public string? Solvent { get; init; }
    public string? Substrate { get; init; }

    /// <summary>Where it lies and how it is kept.</summary>
    public string? Storage { get; init; }
    public DateTimeOffset? PreparedAt { get; init; }

    /// <summary>Only where the form is superlattice.</summary>
    public SuperlatticeRecord? Superlattice { get; init; }

    /// <summary>The samples it was made from; changed at its address with /parents behind it.</summary>
    public IReadOnlyList<ParentRecord> Parents { get; init; } = [];

    /// <summary>Dots recorded on it; counted by the portal.</summary>
    public int Dots { get; init; }

    /// <summary>Id of the template it was begun with; when a record is made, also the key of a built-in one, such as hot-injection.</summary>
    public string? Template { get; init; }

    /// <summary>What was recorded in the fields that templates asked for, by key. In a change, keys that are not sent stay, and null takes one away.</summary>
    public IReadOnlyDictionary<string, ExtraRecord?>? Extra { get; init; }
}

/// <summary>What a superlattice has besides.</summary>
public sealed record SuperlatticeRecord
{
    /// <summary>Edge of one dot [nm].</summary>
    public double? EdgeLength { get; init; }

    /// <summary>Gap between dots [nm].</summary>
    public double? Gap { get; init; }

    /// <summary>Disorder of the positions [nm].</summary>
    public double? Disorder { get; init; }
    public int? DotsPerSide { get; init; }
    public string? Packing { get; init; }
    public bool? Vacuum { get; init; }

    /// <summary>How long the solvent evaporated [h].</summary>
    public double? EvaporationTime { get; init; }
}
