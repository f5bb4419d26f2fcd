using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Collects findings; of one kind only the first few are kept, the rest is counted.</summary>
/// <remarks>A damaged file can be odd in a million places, and nobody reads a million lines.</remarks>
sealed class FindingList
{
    const int KeptOfOneKind = 10;

    readonly List<Finding> _findings = [];
    readonly Dictionary<string, int> _seen = [];

    public void Add(Severity severity, string code, string message, long? offset = null, long? record = null)
    {
        var seen = _seen[code] = _seen.GetValueOrDefault(code) + 1;
        if (seen <= KeptOfOneKind) _findings.Add(new(severity, code, QuotedText.Showable(message), offset, record));
    }

    public IReadOnlyList<Finding> ToList() =>
    [
        .. _findings,
        .. from kind in _seen
           where kind.Value > KeptOfOneKind
           select new Finding(Severity.Info, kind.Key, $"{kind.Value - KeptOfOneKind} more of this kind, not listed."),
    ];
}
