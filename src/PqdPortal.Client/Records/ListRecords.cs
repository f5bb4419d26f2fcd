namespace PqdPortal.Client.Records;

/// <summary>One page of a list with the columns that were asked for.</summary>
public sealed record ListPageRecord
{
    /// <summary>Rows that match, on all pages.</summary>
    public int Total { get; init; }

    /// <summary>Number of this page, from 1.</summary>
    public int Page { get; init; }
    public int PageSize { get; init; }
    public IReadOnlyList<ListColumnRecord> Columns { get; init; } = [];
    public IReadOnlyList<ListRowRecord> Rows { get; init; } = [];
}

/// <summary>One column of a list.</summary>
public sealed record ListColumnRecord
{
    /// <summary>As in filters, orders and the head of the CSV.</summary>
    public string Key { get; init; } = "";
    public string Title { get; init; } = "";

    /// <summary>Unit of its numbers; 1 or empty where there is none.</summary>
    public string Unit { get; init; } = "";

    /// <summary>text, number, choice, day, moment or yes-no.</summary>
    public string Kind { get; init; } = "";
}

/// <summary>One record of a list.</summary>
public sealed record ListRowRecord
{
    public Guid Id { get; init; }

    /// <summary>What is recorded, by the columns' keys; what is not recorded is absent.</summary>
    public IReadOnlyDictionary<string, ListCellRecord> Cells { get; init; } = new Dictionary<string, ListCellRecord>();
}

/// <summary>What stands in one column of one record.</summary>
public sealed record ListCellRecord
{
    public string? Text { get; init; }

    /// <summary>In the column's unit.</summary>
    public double? Number { get; init; }
    public double? Sigma { get; init; }
    public double? Lo95 { get; init; }
    public double? Hi95 { get; init; }

    /// <summary>For a result: the name under which the analysis gave it.</summary>
    public string? Source { get; init; }

    /// <summary>For a result: the analysis it comes from.</summary>
    public Guid? Analysis { get; init; }
}
