using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Composition;

/// <summary>Effective ionic radii, charges and masses of all ions that a formula may name.</summary>
/// <remarks>
/// The product's own copy of the table, ionic-radii.json beside this file, with the sources of every value. Crystal radii are 14 pm larger
/// for cations and smaller for anions: none stands here. Of spin states the preferred (high) one is taken; the low-spin rows stay in the
/// table to show what was not used.
/// </remarks>
public static class IonTable
{
    const double ShannonSigma = 1, MoleculeSigma = 5, TinSigma = 4; // [pm]

    static readonly JsonObject Table = (JsonObject)JsonNode.Parse(Text())!;

    /// <summary>All ions, those of the A site first.</summary>
    public static IReadOnlyList<Ion> Ions { get; } = Read();

    static readonly Dictionary<string, Ion> Named = Ions.ToDictionary(ion => ion.Name, StringComparer.Ordinal);
    static readonly Dictionary<string, Ion>.AlternateLookup<ReadOnlySpan<char>> BySpan = Named.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Longest name [characters].</summary>
    internal static int LongestName { get; } = Ions.Max(ion => ion.Name.Length);

    public static Ion? Find(ReadOnlySpan<char> name) => BySpan.TryGetValue(name, out var ion) ? ion : null;

    /// <summary>Full citations by the short name that a form's source gives.</summary>
    public static IReadOnlyDictionary<string, string> Sources { get; } =
        Table["sources"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<string>());

    /// <summary>Goldschmidt factors at which a perovskite is expected.</summary>
    public static (double From, double To) PerovskiteT { get; } = Window("goldschmidt_t_perovskite");

    /// <summary>Goldschmidt factors at which it is expected to be cubic.</summary>
    public static (double From, double To) CubicT { get; } = Window("goldschmidt_t_cubic");

    /// <summary>Octahedral factors at which the octahedron holds.</summary>
    public static (double From, double To) OctahedralMu { get; } = Window("octahedral_mu");

    /// <summary>Bartel's tau below which a perovskite is expected.</summary>
    public static double PerovskiteTauBelow { get; } = Table["thresholds"]!["bartel_tau_perovskite_below"]!.GetValue<double>();

    public static string ThresholdSources { get; } = Table["threshold_sources"]!.GetValue<string>();

    static (double, double) Window(string name) =>
        (Table["thresholds"]![name]![0]!.GetValue<double>(), Table["thresholds"]![name]![1]!.GetValue<double>());

    /// <summary>The table as it is kept.</summary>
    internal static string Text()
    {
        using var stream = typeof(IonTable).Assembly.GetManifestResourceStream("ionic-radii.json")!;
        return new StreamReader(stream).ReadToEnd();
    }

    static List<Ion> Read()
    {
        var ions = new Dictionary<string, Ion>(StringComparer.Ordinal);
        var masses = Table["atomic_weights_g_mol"]!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.GetValue<double>());
        void Put(string list, Func<Ion, JsonNode, Ion> with)
        {
            foreach (var row in Table[list]!.AsArray())
            {
                var name = row!["ion"]!.GetValue<string>();
                var ion = ions.GetValueOrDefault(name) ?? new Ion(name)
                {
                    Mass = MassOf(row["formula"]?.GetValue<string>() ?? name, masses),
                    FullName = row["name"]?.GetValue<string>(),
                };
                ions[name] = with(ion, row);
            }
        }

        var a = Order("A");
        var b = Order("B");
        var x = Order("X");
        Put("A_site", (ion, row) => ion with { OnA = Form(row), OrderOnA = a[ion.Name] });
        var spacers = 0;
        Put("spacers", (ion, row) => ion with { AsSpacer = Form(row), OrderAsSpacer = spacers++ });
        // Of rows with the same charge (spin states) the preferred one counts, and it comes first whatever the order of the rows.
        Put("B_site", (ion, row) =>
        {
            var form = Form(row);
            var isPreferred = row["preferred"]?.GetValue<bool>() ?? false;
            IonForm[] forms = ion.OnB.Any(known => known.Charge == form.Charge)
                ? isPreferred ? [form, .. ion.OnB.Where(known => known.Charge != form.Charge)] : [.. ion.OnB]
                : isPreferred ? [form, .. ion.OnB] : [.. ion.OnB, form];
            return ion with { OnB = forms, OrderOnB = b[ion.Name] };
        });
        Put("X_site", (ion, row) => ion with { OnX = Form(row), OrderOnX = x[ion.Name] });
        return [.. ions.Values.Select((ion, k) => ion with { Index = k })];
    }

    static Dictionary<string, int> Order(string site) => Table["canonical_order"]![site]!.AsArray().Select((name, k) => (Name: name!.GetValue<string>(), k)).ToDictionary(pair => pair.Name, pair => pair.k);

    static IonForm Form(JsonNode row)
    {
        var charge = row["charge"]!.GetValue<int>();
        var coordination = row["coordination"]?.GetValue<string>();
        var sigma = row["ion"]!.GetValue<string>() == "Sn" && charge == 2 ? TinSigma : coordination == "eff" ? MoleculeSigma : ShannonSigma;
        return new(charge, row["radius_pm"]?.GetValue<double>(), sigma, row["source"]?.GetValue<string>())
        {
            Coordination = coordination,
            Spin = row["spin"]?.GetValue<string>(),
            CopiesChecked = row["independent_copies_checked"]?.GetValue<int>(),
            Alternatives = [.. (row["alternatives_pm"] as JsonArray ?? []).Select(value => value!.GetValue<double>())],
            Note = row["note"]?.GetValue<string>(),
        };
    }

    /// <summary>Mass of a molecule such as CH6N [g/mol].</summary>
    static double MassOf(string molecule, Dictionary<string, double> masses)
    {
        double sum = 0;
        for (var at = 0; at < molecule.Length;)
        {
            var length = at + 1 < molecule.Length && char.IsAsciiLetterLower(molecule[at + 1]) ? 2 : 1;
            var element = masses[molecule.Substring(at, length)];
            at += length;
            var digits = at;
            while (digits < molecule.Length && char.IsAsciiDigit(molecule[digits])) digits++;
            sum += element * (digits > at ? int.Parse(molecule.AsSpan(at, digits - at)) : 1);
            at = digits;
        }

        return sum;
    }
}
