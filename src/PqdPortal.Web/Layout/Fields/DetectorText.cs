using PqdPortal.Data.Runs;

namespace PqdPortal.Web.Layout.Fields;

/// <summary>Detectors as people type them: one a line, their values behind semicolons.</summary>
public static class DetectorText
{
    /// <summary>The detectors of a text, or what is wrong with its first wrong line.</summary>
    public static (List<Detector>? Detectors, string? Trouble) Read(string text)
    {
        List<Detector> found = [];
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(';', StringSplitOptions.TrimEntries);
            if (parts.Length > 5) return (null, $"Line {found.Count + 1} has {parts.Length} values; a detector has at most five: model, efficiency, dead time, jitter, dark rate.");
            var numbers = new double?[4];
            for (var i = 1; i < parts.Length; i++)
            {
                var (value, trouble) = NumberText.Read(parts[i]);
                if (trouble is not null) return (null, $"Line {found.Count + 1}: {trouble}");
                numbers[i - 1] = value;
            }
            found.Add(new Detector { Model = parts[0].Length == 0 ? null : parts[0], Efficiency = numbers[0], DeadTime = numbers[1], Jitter = numbers[2], DarkRate = numbers[3] });
        }
        return (found, null);
    }

    public static string Write(IEnumerable<Detector> detectors) => string.Join('\n', detectors.Select(d =>
        string.Join("; ", [d.Model ?? "", .. new[] { d.Efficiency, d.DeadTime, d.Jitter, d.DarkRate }.Select(n => n is { } number ? NumberText.Write(number) : "")]).TrimEnd(' ', ';')));
}
