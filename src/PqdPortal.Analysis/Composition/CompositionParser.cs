using System.Globalization;
using System.Text;

namespace PqdPortal.Analysis.Composition;

/// <summary>Reads the formula of a perovskite as people write it: mixed sites, brackets, x and 1-x, dopants, written-out molecules.</summary>
/// <remarks>
/// <c>[dopant ":"] formula [":" dopant] [("," | ";") assignments]</c>. Amounts are exact. Never throws and never takes long: brackets are
/// kept on a stack of its own, and numbers longer than any balance can weigh are refused.
/// </remarks>
public static class CompositionParser
{
    /// <summary>Longest text that is read [UTF-16 units].</summary>
    public const int LongestText = 200_000;

    /// <summary>Reads a formula. Off-stoichiometric ones are read too: they are real.</summary>
    public static FormulaReading Read(string text)
    {
        if (text.Length > LongestText)
            return new(text, null, [new("formula-too-long", $"The text has {text.Length} characters; a formula of up to {LongestText} is read.") { IsFailure = true, Position = 1, Span = (0, 0) }]);
        return new Reading(text).Whole();
    }

    /// <summary>The composition of a text that is known to be a formula, such as a canonical one.</summary>
    /// <exception cref="RequestException">It cannot be read.</exception>
    public static PerovskiteFormula Formula(string text) =>
        Read(text) is { Formula: { } formula } ? formula : throw new RequestException($"\"{text}\" cannot be read as a formula: {string.Join(" ", Read(text).Messages.Select(message => message.Text))}");

    sealed class Reading(string given)
    {
        const int MostFailures = 12, LongestNumber = 400, LongestShown = 24;

        readonly List<FormulaMessage> _failures = [];
        readonly Dictionary<char, ExactNumber> _values = [];
        readonly HashSet<char> _missing = [];
        readonly Dictionary<Ion, (int From, int To)> _first = [];
        readonly FormulaLetters _letters = FormulaLetters.Of(given);
        string _text = "";

        public FormulaReading Whole()
        {
            _text = _letters.Clean;
            var end = _text.AsSpan().IndexOfAny(',', ';');
            if (end < 0) end = _text.Length;
            else Assignments(end + 1);
            if (ValueInside(end) is { } equals)
            {
                LostComma(equals, end);
                return new(given, null, _failures);
            }

            var (from, to, dopants) = Dopants(0, end);
            var amounts = Items(from, to);
            if (_failures.Count > 0)
            {
                if (amounts is not null && _failures.TrueForAll(failure => failure.Code.StartsWith("variable-without-value", StringComparison.Ordinal))) Formamidinium(Sites.Of(amounts));
                return new(given, null, [.. _failures.OrderBy(failure => failure.Position)]);
            }

            var sites = Sites.Of(amounts!);
            if (sites.X.Count == 0) Fail("no-halide", "There is no halide in it (F, Cl, Br, I or SCN). Write all sites, such as CsPbBr3.", from, to);
            if (sites.B.Count == 0) Fail("no-B-cation", "There is no cation for the B site in it (Pb, Sn, Ge, Bi, Ag ...). Write all sites, such as CsPbBr3.", from, to);
            if (_failures.Count == 0) Formamidinium(sites);
            if (_failures.Count > 0) return new(given, null, _failures);

            var formula = CanonicalForm.Of(sites, dopants);
            if (formula is null)
            {
                Fail("no-halide", "Beside so much of the B cation the halide is less than 0.0001. Check the amounts.", from, to);
                return new(given, null, _failures);
            }

            return new(given, formula, formula.Notes);
        }

        /// <summary>F beside another halide where the A site is not full: the A of FA was lost in printing.</summary>
        void Formamidinium(Sites sites)
        {
            if (sites.X.FirstOrDefault(x => x.Ion.Name == "F") is not { Ion: not null } fluoride) return;
            var halide = Sites.Sum(sites.X);
            if (sites.X.Count < 2 || fluoride.Amount + fluoride.Amount >= halide || Sites.Sum(sites.A) >= Sites.Sum(sites.B)) return;
            var (from, to) = _first[fluoride.Ion];
            Fail("did-you-mean-FA", "F is fluoride here, beside another halide, while the A site is not full. Formamidinium is written FA.", from, to, "FA");
        }

        /// <summary>Everything between two places of the plain text: what it holds of each ion.</summary>
        Dictionary<Ion, ExactNumber>? Items(int from, int to)
        {
            var outer = new Stack<(Dictionary<Ion, ExactNumber> Amounts, int At)>();
            var amounts = new Dictionary<Ion, ExactNumber>();
            var at = from;
            while (at < to && _failures.Count < MostFailures)
            {
                var c = _text[at];
                if (c is '(' or '[')
                {
                    outer.Push((amounts, at++));
                    amounts = [];
                }
                else if (c is ')' or ']')
                {
                    if (outer.Count == 0)
                    {
                        Fail("unbalanced-parenthesis", $"This {c} closes nothing: there is no opening bracket for it.", at, at + 1);
                        at++;
                        continue;
                    }

                    var (before, opened) = outer.Pop();
                    if (_text[opened] == '(' != (c == ')'))
                        Fail("unbalanced-parenthesis", $"This {c} stands where the {_text[opened]} opened before should be closed.", at, at + 1, c == ')' ? "]" : ")");
                    at++;
                    var times = Coefficient(ref at, to);
                    if (times is not { } factor) return null;
                    amounts = Merged(before, amounts, factor);
                    if (factor != ExactNumber.One && amounts.Values.Any(amount => amount.IsTooLong)) return TooLong(opened, at);
                }
                else if (IonAt(at, to) is { } ion)
                {
                    var begin = at;
                    at += ion.Name.Length;
                    _first.TryAdd(ion, (begin, at));
                    if (Coefficient(ref at, to) is not { } amount) return null;
                    var sum = amounts.TryGetValue(ion, out var had) ? had + amount : amount;
                    if (sum.IsTooLong) return TooLong(begin, at);
                    if (!sum.Digits.IsZero) amounts[ion] = sum;
                }
                else
                {
                    at = Unknown(at, to);
                    if (Coefficient(ref at, to) is null) return null;
                }
            }

            foreach (var (_, opened) in outer)
            {
                if (_failures.Count >= MostFailures) break;
                Fail("unbalanced-parenthesis", $"This {_text[opened]} is never closed.", opened, opened + 1);
            }

            return amounts;
        }

        Dictionary<Ion, ExactNumber>? TooLong(int from, int to)
        {
            Fail("coefficient-too-long", $"An amount has more digits than a formula can mean; up to {LongestNumber} are read.", from, to);
            return null;
        }

        /// <summary>Lays a group into what stands before it; the smaller goes into the larger.</summary>
        static Dictionary<Ion, ExactNumber> Merged(Dictionary<Ion, ExactNumber> before, Dictionary<Ion, ExactNumber> group, ExactNumber factor)
        {
            if (factor.Digits.IsZero) return before;
            if (factor != ExactNumber.One)
                foreach (var ion in group.Keys) group[ion] *= factor;
            var (large, small) = before.Count >= group.Count ? (before, group) : (group, before);
            foreach (var (ion, amount) in small) large[ion] = large.TryGetValue(ion, out var had) ? had + amount : amount;
            return large;
        }

        /// <summary>The longest ion that is written here and not torn from a longer word; x, y and z may follow as unknowns.</summary>
        Ion? IonAt(int at, int to)
        {
            for (var length = Math.Min(IonTable.LongestName, to - at); length > 0; length--)
            {
                if (at + length < to && char.IsLower(_text[at + length]) && _text[at + length] is not ('x' or 'y' or 'z')) continue;
                if (IonTable.Find(_text.AsSpan(at, length)) is { } ion) return ion;
            }

            return null;
        }

        /// <summary>What follows an ion or a group; 1 where nothing does, null where reading has to end.</summary>
        ExactNumber? Coefficient(ref int at, int to)
        {
            var begin = at;
            if (Term(ref at, to) is not { } sum) return at > begin ? null : ExactNumber.One;
            while (at < to && _text[at] == '-' && at + 1 < to)
            {
                var next = at + 1;
                if (Term(ref next, to) is not { } less)
                {
                    if (next == at + 1) break;
                    return null;
                }

                sum -= less;
                at = next;
            }

            if (at < to && _text[at] == '-' && at + 1 < to && LookAlikes.IsForeign(_text[at + 1]) && LookAlikes.Latinised(_text.AsSpan(at + 1, 1)) is "x" or "y" or "z")
                at = Unknown(at + 1, to);
            if (sum.Digits.Sign >= 0) return sum;
            Fail("negative-coefficient", "This amount is below 0. Check the values of x, y and z.", begin, at);
            return ExactNumber.Half;
        }

        /// <summary>A number, an unknown, or a number times an unknown.</summary>
        ExactNumber? Term(ref int at, int to)
        {
            var begin = at;
            var number = Number(ref at, to);
            if (number is null && at > begin) return null;
            if (at >= to || _text[at] is not ('x' or 'y' or 'z') || at + 1 < to && char.IsLower(_text[at + 1])) return number;
            var variable = _text[at++];
            if (!_values.TryGetValue(variable, out var value))
            {
                if (_missing.Add(variable))
                    Fail($"variable-without-value:{variable}", $"{variable} has no value. Write it behind the formula, such as: , {variable}=0.5.", at - 1, at);
                value = ExactNumber.Half;
            }

            return number is { } factor ? factor * value : value;
        }

        ExactNumber? Number(ref int at, int to)
        {
            var begin = at;
            while (at < to && char.IsAsciiDigit(_text[at])) at++;
            if (at < to && _text[at] == '.' && (at > begin || at + 1 < to && char.IsAsciiDigit(_text[at + 1])))
            {
                at++;
                while (at < to && char.IsAsciiDigit(_text[at])) at++;
            }

            if (at == begin) return null;
            if (at - begin > LongestNumber + 1)
            {
                TooLong(begin, at);
                return null;
            }

            return ExactNumber.Parse(_text.AsSpan(begin, at - begin));
        }

        /// <summary>What stands behind the comma: x=0.2, y=0.1.</summary>
        void Assignments(int from)
        {
            for (var at = from; at <= _text.Length && _failures.Count < MostFailures;)
            {
                var end = _text.AsSpan(at).IndexOfAny(',', ';') is >= 0 and var k ? at + k : _text.Length;
                var (begin, sign) = (at, at);
                if (end - at >= 3 && _text[at] is 'x' or 'y' or 'z' && _text[at + 1] == '=')
                {
                    at += 2;
                    sign = at;
                    if (_text[at] == '-') at++;
                    var number = Number(ref at, end);
                    if (number is { } value && at == end)
                    {
                        if (_text[sign] == '-' && !value.Digits.IsZero) Fail("negative-coefficient", $"{_text[begin]} is below 0; it is a share or an amount.", sign, end);
                        else if (!_values.TryAdd(_text[begin], value)) Fail($"variable-given-twice:{_text[begin]}", $"{_text[begin]} has a value already. Leave one of the two out.", begin, end);
                        at = end + 1;
                        continue;
                    }
                }

                if (_failures.Count == 0 || _failures[^1].Code != "coefficient-too-long")
                {
                    var isDecimal = _text[from - 1] == ',' && from == begin && begin < _text.Length && char.IsAsciiDigit(_text[begin]) && from >= 2 && char.IsAsciiDigit(_text[from - 2]);
                    if (isDecimal) Fail("unknown-ion:,", "A comma begins the values of x, y and z. Decimals are written with a point.", from - 1, from, ".");
                    else Fail($"unknown-ion:{Shown(begin, end)}", "Behind the comma stand values, such as x=0.2, y=0.1. This is none.", Math.Min(begin, _text.Length), end);
                }

                return;
            }
        }

        /// <summary>Takes "Zn:" and ":Mn" off both ends.</summary>
        (int From, int To, IReadOnlyList<Ion> Dopants) Dopants(int from, int to)
        {
            var first = _text.AsSpan(from, to - from).IndexOf(':');
            if (first < 0) return (from, to, []);
            var last = _text.AsSpan(from, to - from).LastIndexOf(':');
            var found = new List<Ion>();
            if (first == last)
            {
                // One colon: the side that is an ion alone is the dopant; where neither is, the shorter side was meant to be.
                var isPrefix = Dopant(from, first) is not null || Dopant(last + 1, to) is null && first - from < to - last - 1;
                if (isPrefix) last = to;
                else first = from - 1;
            }

            if (first >= from) Add(from, first);
            if (last < to) Add(last + 1, to);
            return (first + 1, Math.Max(first + 1, last), [.. found.Distinct().OrderBy(ion => ion.OrderOnB).ThenBy(ion => ion.OrderOnA).ThenBy(ion => ion.Name, StringComparer.Ordinal)]);

            void Add(int begin, int end)
            {
                if (Dopant(begin, end) is { } ion) found.Add(ion);
                else Fail($"unknown-ion:{Shown(begin, end)}", "On this side of the colon stands a dopant, one ion such as Zn or Mn.", begin, end, LookAlikes.Suggest(_text.AsSpan(begin, end - begin)));
            }
        }

        /// <summary>The ion of a dopant, with or without its charge: Mn, Mn2+.</summary>
        Ion? Dopant(int from, int to) => to - from > 12 || to < from ? null : IonTable.Find(_text.AsSpan(from, to - from).TrimEnd("0123456789+²³⁴⁺"));

        /// <summary>Says that an ion was expected here; returns where reading goes on.</summary>
        int Unknown(int at, int to)
        {
            var c = _text[at];
            var end = at + 1;
            string text;
            string? suggestion = null;
            if (char.IsLetter(c))
            {
                end = char.IsLower(c) ? Run(at, to, char.IsLower) : Capitals(at, to);
                var token = _text.AsSpan(at, end - at);
                suggestion = LookAlikes.Suggest(token);
                var isForeign = !token.SequenceEqual(LookAlikes.Latinised(token));
                text = isForeign ? $"\"{Shown(at, end)}\" has letters of another alphabet that only look like Latin ones."
                    : $"\"{Shown(at, end)}\" is no ion that the table of radii knows.";
                if (suggestion is not null) text += isForeign ? $" Write {suggestion}." : $" {suggestion} is near.";
                else if (!isForeign) text += " Names are case-sensitive: BA is butylammonium, Ba barium.";
            }
            else if (char.IsAsciiDigit(c) || c == '.')
            {
                end = Run(at, to, digit => char.IsAsciiDigit(digit) || digit == '.');
                text = $"\"{Shown(at, end)}\" stands where an ion is expected. Amounts follow what they count.";
            }
            else
            {
                if (char.IsHighSurrogate(c) && end < to && char.IsLowSurrogate(_text[end])) end++;
                text = c < ' ' || char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
                    ? $"A character that cannot be seen (U+{(int)c:X4}) stands here. Take it out."
                    : $"\"{Shown(at, end)}\" does not belong into a formula.";
                suggestion = LookAlikes.IsForeign(c) ? LookAlikes.Latinised(_text.AsSpan(at, 1)) : char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control ? "" : null;
            }

            Fail($"unknown-ion:{Shown(at, end)}", text, at, end, suggestion);
            return end;
        }

        /// <summary>Where the value of an unknown stands in the formula itself: "CsPbBr3-xClx x=0.5", "CsPbBr3-xClx (x=0.5)".</summary>
        int? ValueInside(int to) =>
            _text.AsSpan(0, to).IndexOf('=') is > 0 and var at && _text[at - 1] is 'x' or 'y' or 'z' ? at : null;

        void LostComma(int at, int to)
        {
            var variable = _text[at - 1];
            var open = at >= 2 && _text[at - 2] is '(' or '[';
            var begin = open ? at - 2 : at - 1;
            var end = at + 1;
            Number(ref end, to);
            var written = _text[(at - 1)..end];
            if (open && end < to && _text[end] is ')' or ']') end++;
            Fail($"variable-without-value:{variable}", $"A comma is missing before {written}: values stand behind the formula.", begin, end, $", {written}");
        }

        int Run(int at, int to, Func<char, bool> belongs)
        {
            var end = at + 1;
            while (end < to && belongs(_text[end])) end++;
            return end;
        }

        /// <summary>The end of a word that begins with a capital: with its small letters, or a row of capitals up to the next ion.</summary>
        int Capitals(int at, int to)
        {
            var end = Run(at, to, char.IsUpper);
            if (end == at + 1) return Run(at, to, char.IsLower);
            return end < to && char.IsLower(_text[end]) && end - 1 > at ? end - 1 : end;
        }

        string Shown(int from, int to)
        {
            var end = Math.Min(to, from + LongestShown);
            if (end < to && char.IsHighSurrogate(_text[end - 1])) end--;
            return QuotedText.Showable(_text[from..end]) + (end < to ? "…" : "");
        }

        /// <param name="from">First and behind the last character in the plain text.</param>
        void Fail(string code, string text, int from, int to, string? suggestion = null)
        {
            var start = _letters.At[from];
            var end = to > from ? _letters.Ends[to - 1] : start;
            _failures.Add(new(code, text)
            {
                IsFailure = true,
                Position = Characters(given.AsSpan(0, start)) + 1,
                Length = Characters(given.AsSpan(start, end - start)),
                Span = (start, end - start),
                Suggestion = suggestion,
                Mended = suggestion is null ? null : string.Concat(suggestion.StartsWith(',') ? given.AsSpan(0, start).TrimEnd() : given.AsSpan(0, start), suggestion, given.AsSpan(end)),
            });
        }

        static int Characters(ReadOnlySpan<char> text)
        {
            var count = 0;
            foreach (var _ in text.EnumerateRunes()) count++;
            return count;
        }
    }
}
