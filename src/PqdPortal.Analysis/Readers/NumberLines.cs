using System.Globalization;

namespace PqdPortal.Analysis.Readers;

/// <summary>How a text writes its numbers, decided once for the whole file: decimal sign and what parts the columns.</summary>
/// <param name="DecimalComma">1,5 is one and a half.</param>
/// <param name="Separator">Tab, semicolon, comma, or a blank for any run of blanks and tabs.</param>
readonly record struct NumberLines(bool DecimalComma, char Separator)
{
    /// <summary>Decides from the lines that hold numbers; a comma never counts as a thousands sign.</summary>
    public static NumberLines Of(IEnumerable<string> lines)
    {
        int tabs = 0, semicolons = 0, commas = 0, points = 0, seen = 0, blanks = 0;
        foreach (var line in lines)
        {
            if (!LooksNumeric(line)) continue;
            if (line.AsSpan().Trim().Contains('\t')) tabs++;
            if (line.Contains(';')) semicolons++;
            if (line.Contains(',')) commas++;
            if (line.Contains('.')) points++;
            if (line.AsSpan().Trim().Contains(' ')) blanks++;
            if (++seen == 200) break;
        }
        if (seen == 0) return new(false, ',');
        // Tabs or semicolons part the columns wherever they are; then a comma without any point is decimal.
        if (tabs > seen / 2) return new(commas > 0 && points == 0, '\t');
        if (semicolons > seen / 2) return new(commas > 0 && points == 0, ';');
        if (commas > seen / 2 && blanks > seen / 2 && points == 0) return new(true, ' ');
        if (commas > seen / 2) return new(false, ',');
        return new(false, ' ');
    }

    /// <summary>Digits, signs, exponents and separators only, with at least one digit.</summary>
    public static bool LooksNumeric(string line)
    {
        var digits = false;
        foreach (var c in line)
        {
            if (char.IsAsciiDigit(c)) digits = true;
            else if (c is not (' ' or '\t' or ',' or ';' or '.' or '+' or '-' or 'e' or 'E' or 'n' or 'N' or 'a' or 'i' or 'f' or '"')) return false;
        }
        return digits;
    }

    /// <summary>The cells of a line, without the blanks round them and their quotation marks.</summary>
    public string[] Cells(string line)
    {
        var cells = Separator == ' '
            ? line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            : line.Split(Separator, StringSplitOptions.TrimEntries);
        for (var i = 0; i < cells.Length; i++)
            if (cells[i] is ['"', .. var inner, '"']) cells[i] = inner;
        return cells;
    }

    /// <summary>A number in this text's notation; null for anything else.</summary>
    public double? Number(scoped ReadOnlySpan<char> cell)
    {
        Span<char> point = stackalloc char[64];
        if (DecimalComma)
        {
            if (cell.Length > point.Length || cell.Contains('.')) return null;
            cell.CopyTo(point);
            point[..cell.Length].Replace(',', '.');
            cell = point[..cell.Length];
        }
        return double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
