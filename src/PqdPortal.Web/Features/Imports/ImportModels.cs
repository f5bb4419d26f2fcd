using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Layout.Fields;

namespace PqdPortal.Web.Features.Imports;

/// <summary>The decimal sign of a table's numbers; found number by number where it is not told, and asked back where it could be either.</summary>
public enum DecimalSign { Found, Point, Comma }

/// <summary>How a table is to be read and what is to become of it; all of it stands in the address.</summary>
/// <param name="Kind">What a row is.</param>
/// <param name="Encoding">Null where it is to be found.</param>
/// <param name="Separator">Null where it is to be found.</param>
/// <param name="Project">Code of the project of new batches without one of their own.</param>
/// <param name="Update">Whether rows of records that are there change them.</param>
/// <param name="Map">Number of a column, from 0, to the key of what it holds; - for nothing. Columns that are not named are matched by their headings.</param>
public sealed record ImportOptions(
    RecordKind Kind, TableEncoding? Encoding = null, char? Separator = null, DecimalSign Decimal = DecimalSign.Found, string? Project = null, bool Update = false,
    IReadOnlyDictionary<int, string>? Map = null)
{
    /// <summary>What is not taken from a column.</summary>
    public const string Nothing = "-";
}

/// <summary>What a column of a table can hold.</summary>
/// <param name="Key">Its name in headings: edge_length, batch, x.growth_time.</param>
public sealed record ImportTarget(string Key, string Title, string Unit = "", FieldInfo? Field = null, ExtraColumn? Extra = null)
{
    public string Header => Unit.Length == 0 ? Key : $"{Key} [{Unit}]";
    public bool IsNumber => Extra is { Type: ExtraType.Number } || Field?.Field.Type is { } type && (type == typeof(double) || type == typeof(int) || type == typeof(double[]));
}

/// <summary>One column of a table, and what is taken from it.</summary>
/// <param name="Target">Null where it is passed over.</param>
/// <param name="Unit">Unit of its numbers as the heading says; null where it says none, which is then the field's own.</param>
/// <param name="Trouble">Why it cannot be taken as it is mapped.</param>
public sealed record ImportColumn(int Index, string Heading, ImportTarget? Target, string? Unit, Conversion Conversion, string? Trouble)
{
    /// <summary>"in Å, kept in nm"; null where nothing is converted.</summary>
    public string? Converted => Target is null || Conversion.IsNone ? null : $"in {Unit}, kept in {Numbers.Unit(Target.Unit)}";
}

/// <summary>What becomes of a row.</summary>
public enum RowVerdict { New, Changed, Same, AlreadyThere, Wrong }

/// <summary>What is wrong with a row.</summary>
/// <param name="Line">Of the file.</param>
/// <param name="Column">Heading of the cell; null where it is the row as a whole.</param>
public sealed record RowProblem(int Line, string? Column, string Sentence);

/// <summary>One row as it would be taken.</summary>
/// <param name="Title">Of the record: its code or name.</param>
/// <param name="Address">Its page, where it is there.</param>
/// <param name="Changes">Field by field, for what is there already.</param>
public sealed record RowLook(int Line, RowVerdict Verdict, string Title, string? Address, IReadOnlyList<string> Changes);

/// <summary>What was found in a table, or what came of it.</summary>
public sealed class ImportOutcome
{
    /// <summary>Most rows, problems and rows that are shown one by one.</summary>
    public const int MostRows = 200_000, MostProblems = 200, MostLooks = 50, MostMade = 50;

    /// <summary>The encoding that was used; null where it has to be told first.</summary>
    public TableEncoding? Encoding { get; set; }
    public char Separator { get; set; } = ',';

    /// <summary>Why nothing could be looked at: the encoding, a heading, a column that is missing.</summary>
    public List<string> Refusals { get; } = [];
    public IReadOnlyList<ImportColumn> Columns { get; set; } = [];
    public IReadOnlyList<ImportTarget> Targets { get; set; } = [];
    public int Rows { get; set; }
    public Dictionary<RowVerdict, int> Counts { get; } = Enum.GetValues<RowVerdict>().ToDictionary(verdict => verdict, _ => 0);
    public List<RowProblem> Problems { get; } = [];

    /// <summary>All problems, shown and not.</summary>
    public int ProblemCount { get; set; }

    /// <summary>What stands in no one's way and should still be looked at: a formula that is kept as typed, though it cannot be read.</summary>
    public List<RowProblem> Warnings { get; } = [];
    public int WarningCount { get; set; }
    public List<RowLook> Looks { get; } = [];

    /// <summary>The first records that were made or changed.</summary>
    public List<RowLook> Made { get; } = [];
    public bool IsDone { get; set; }

    /// <summary>Nothing stands against the import, and there is something to do.</summary>
    public bool CanImport => Refusals.Count == 0 && ProblemCount == 0 && Counts[RowVerdict.New] + Counts[RowVerdict.Changed] > 0;

    public void Warn(int line, string? column, string sentence)
    {
        WarningCount++;
        if (Warnings.Count < MostProblems) Warnings.Add(new(line, column, sentence));
    }

    public void Refuse(int line, string? column, string sentence)
    {
        ProblemCount++;
        if (Problems.Count < MostProblems) Problems.Add(new(line, column, sentence));
    }
}
