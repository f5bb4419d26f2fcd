namespace PqdPortal.Client.Records;

/// <summary>What was found in a table, or what came of importing it.</summary>
public sealed record ImportRecord
{
    /// <summary>True where it was imported; false for a look, and where something stood against it: then nothing was written.</summary>
    public bool Imported { get; init; }

    /// <summary>Rows below the headings.</summary>
    public int Rows { get; init; }

    /// <summary>Rows that make a record, change one, find theirs as it is, find theirs and leave it, or are wrong.</summary>
    public int New { get; init; }
    public int Changed { get; init; }
    public int Same { get; init; }
    public int AlreadyThere { get; init; }
    public int Wrong { get; init; }

    /// <summary>What stands against the table as a whole: its encoding, a heading, a column that is missing.</summary>
    public IReadOnlyList<string> Refusals { get; init; } = [];

    /// <summary>The first 200 things that are wrong with rows, and how many there are.</summary>
    public IReadOnlyList<ImportProblem> Problems { get; init; } = [];
    public int ProblemCount { get; init; }

    /// <summary>The first 200 things that keep nothing out and should be looked at, such as a formula that cannot be read, and how many there are.</summary>
    public IReadOnlyList<ImportProblem> Warnings { get; init; } = [];
    public int WarningCount { get; init; }
    public IReadOnlyList<ImportColumnRecord> Columns { get; init; } = [];

    /// <summary>The first 50 records that were made or changed; for a look, the first 50 rows.</summary>
    public IReadOnlyList<ImportRowRecord> Records { get; init; } = [];

    /// <summary>utf-8, utf-16, utf-16be, windows-1252; null where it has to be told.</summary>
    public string? Encoding { get; init; }
    public string Separator { get; init; } = ",";
}

/// <summary>Something that is wrong with a row.</summary>
/// <param name="Line">Of the file, from 1.</param>
/// <param name="Column">Heading of the cell; null where it is the whole row.</param>
public sealed record ImportProblem(int Line, string? Column, string Message);

/// <summary>A column and what is taken from it.</summary>
/// <param name="Holds">Name of the field; null where the column is passed over.</param>
/// <param name="Unit">Unit that its heading names.</param>
public sealed record ImportColumnRecord(string Heading, string? Holds, string? Unit);

/// <summary>What became of a row.</summary>
/// <param name="Verdict">new, changed, same, already-there.</param>
/// <param name="Title">Code or name of the record.</param>
public sealed record ImportRowRecord(int Line, string Verdict, string Title, IReadOnlyList<string> Changes);

/// <summary>A table that lies on the portal for a day, to be looked at and imported.</summary>
public sealed record TableRecord(Guid Id);
