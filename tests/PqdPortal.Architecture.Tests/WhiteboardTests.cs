using Mono.Cecil;
using static PqdPortal.Architecture.Tests.Assemblies;

namespace PqdPortal.Architecture.Tests;

/// <summary>The whiteboard of docs/architecture.md: who may know whom. An arrow that is not on it fails with both types' names.</summary>
public class WhiteboardTests
{
    /// <summary>Project -> the projects of ours it may use.</summary>
    static readonly Dictionary<string, string[]> Projects = new()
    {
        ["PqdPortal.Analysis"] = [],
        ["PqdPortal.Data"] = [],
        ["PqdPortal.Client"] = [],
        ["PqdPortal.Jobs"] = ["PqdPortal.Data", "PqdPortal.Analysis"],
        ["PqdPortal.Migrations"] = ["PqdPortal.Data"],
        ["PqdPortal.Web"] = ["PqdPortal.Jobs", "PqdPortal.Data", "PqdPortal.Analysis", "PqdPortal.Client", "PqdPortal.Migrations"],
        ["PqdPortal.Worker"] = ["PqdPortal.Jobs", "PqdPortal.Data"],
        ["pqd"] = ["PqdPortal.Client", "PqdPortal.Analysis", "PqdPortal.Data", "PqdPortal.Migrations"],
    };

    static readonly string[] Topics = ["Correlation", "Lifetime", "Blinking", "Brightness", "Interference", "Spectra", "Superradiance", "Structure", "Composition", "Statistics"];

    /// <summary>Room of Analysis -> the rooms it may use; all may use the root.</summary>
    static readonly Dictionary<string, string[]> Analysis = new()
    {
        [""] = [],
        ["Measurements"] = [],
        ["Fitting"] = [],
        ["Readers"] = ["Measurements"],
        ["Correlation"] = ["Measurements", "Fitting"],
        ["Spectra"] = ["Measurements", "Fitting"],
        ["Structure"] = ["Measurements", "Fitting"],
        ["Lifetime"] = ["Measurements", "Fitting"],
        ["Blinking"] = ["Measurements", "Fitting", "Lifetime", "Brightness"],
        ["Brightness"] = ["Measurements", "Fitting"],
        ["Statistics"] = ["Fitting"],
        ["Interference"] = ["Measurements", "Fitting", "Correlation"],
        ["Composition"] = [],
        ["Simulation"] = ["Measurements", "Composition"],
        ["Conversion"] = ["Measurements", "Simulation"],
        ["Superradiance"] = ["Measurements", "Fitting", "Correlation", "Lifetime", "Spectra"],
        ["Catalogue"] = ["Measurements", "Fitting", .. Topics],
    };

    /// <summary>Rooms of Data that know no record, and what they may use.</summary>
    static readonly Dictionary<string, string[]> DataGround = new()
    {
        ["Files"] = [],
        ["Postgres"] = [],
    };

    /// <summary>What any feature of Web may use besides itself.</summary>
    static readonly string[] SharedByFeatures = ["Plotting", "Layout", "Access", "Live"];

    /// <summary>Features that may link to all others.</summary>
    static readonly string[] Overviews = ["Home", "Compare"];

    [Fact]
    public void Projects_use_only_the_projects_below_them() =>
        Assert.Empty(
            from project in Projects
            from used in References(project.Key)
            where (used.StartsWith("PqdPortal.") || used == "pqd") && !project.Value.Contains(used)
            select $"{project.Key} -> {used}");

    [Fact]
    public void Every_arrow_inside_the_analysis_library_is_on_the_whiteboard() =>
        Assert.Empty(Arrows("PqdPortal.Analysis", type => Room("PqdPortal.Analysis", type))
            .Where(a => a.To != "" && !(Analysis.TryGetValue(a.From, out var may) && may.Contains(a.To))));

    [Fact]
    public void The_analysis_library_knows_nothing_of_the_web_the_database_or_the_clock()
    {
        Assert.DoesNotContain(References("PqdPortal.Analysis"), name =>
            name.StartsWith("Microsoft.AspNetCore") || name.StartsWith("Microsoft.EntityFrameworkCore")
            || name.StartsWith("Npgsql") || name.StartsWith("Quartz") || name.StartsWith("System.Net"));
        Assert.Empty(Calls("PqdPortal.Analysis")
            .Where(call => call.Method is "get_Now" or "get_UtcNow" && call.Type is "System.DateTime" or "System.DateTimeOffset")
            .Select(call => call.By));
    }

    [Fact]
    public void The_grounds_of_data_know_no_record() =>
        Assert.Empty(Arrows("PqdPortal.Data", type => Room("PqdPortal.Data", type))
            .Where(a => DataGround.TryGetValue(a.From, out var may) && a.To != "" && !may.Contains(a.To)));

    [Fact]
    public void No_record_knows_who_may_see_it() =>
        Assert.Empty(Arrows("PqdPortal.Data", type => Room("PqdPortal.Data", type))
            .Where(a => a.To == "Access" && a.From is not ("" or "Access" or "Edits" or "Talk")));

    [Theory]
    [InlineData("Quartz", "PqdPortal.Jobs", "Queue")]
    [InlineData("OpenTelemetry", "PqdPortal.Jobs", "Telemetry")]
    [InlineData("Amazon", "PqdPortal.Data", "Files")]
    public void An_outside_library_has_one_room(string library, string assembly, string room)
    {
        foreach (var project in Projects.Keys)
            Assert.Empty(
                from use in AllUses(project)
                where use.Used.Namespace == library || Outermost(use.Used).Namespace.StartsWith(library + ".")
                where !(project == assembly && InRoom(assembly, use.User, room))
                select $"{use.User.FullName} -> {use.Used.FullName}");
    }

    [Fact]
    public void Every_arrow_between_the_features_of_the_web_is_on_the_whiteboard() =>
        Assert.Empty(Arrows("PqdPortal.Web", WebRoom)
            .Where(a => a.From.StartsWith("Features.") || SharedByFeatures.Contains(a.From))
            .Where(a => a.To.StartsWith("Features.")
                ? !Overviews.Contains(a.From.Split('.').Last())
                : a.To != "" && !SharedByFeatures.Contains(a.To)));

    [Fact]
    public void No_component_holds_a_database_context() =>
        Assert.Empty(
            from type in Open("PqdPortal.Web").MainModule.GetTypes()
            where IsComponent(type)
            from field in type.Fields
            where field.FieldType.Name is "PortalDb" or "IDbContextFactory`1"
            select $"{type.FullName}.{field.Name}");

    [Fact]
    public void The_whiteboard_has_every_room_there_is()
    {
        var rooms = Open("PqdPortal.Analysis").MainModule.GetTypes()
            .Select(type => Room("PqdPortal.Analysis", type)).OfType<string>().Distinct();
        Assert.Empty(rooms.Where(room => !Analysis.ContainsKey(room)));
    }

    static IEnumerable<Arrow> Arrows(string assembly, Func<TypeReference, string?> room) =>
        from use in AllUses(assembly)
        let @from = room(use.User)
        let to = room(use.Used)
        where @from is not null && to is not null && @from != to
        select new Arrow(@from, to, $"{use.User.FullName} -> {use.Used.FullName}");

    static string? Room(string assembly, TypeReference type)
    {
        var space = Outermost(type).Namespace;
        return space == assembly ? ""
            : space.StartsWith(assembly + ".") ? space[(assembly.Length + 1)..].Split('.')[0] : null;
    }

    static bool InRoom(string assembly, TypeReference type, string room) =>
        Room(assembly, type) == room || Outermost(type).Name == "JobServices";

    /// <summary>A feature with its sub-folders is one room; the rest of Web by its first folder.</summary>
    static string? WebRoom(TypeReference type)
    {
        const string web = "PqdPortal.Web";
        var space = Outermost(type).Namespace;
        if (space == web) return "";
        if (!space.StartsWith(web + ".")) return null;
        var parts = space[(web.Length + 1)..].Split('.');
        return parts[0] == "Features" && parts.Length > 1 ? $"Features.{parts[1]}" : parts[0];
    }

    static bool IsComponent(TypeDefinition type)
    {
        for (var parent = type.BaseType; parent is not null;)
        {
            if (parent.FullName == "Microsoft.AspNetCore.Components.ComponentBase") return true;
            try { parent = parent.Resolve()?.BaseType; }
            catch (AssemblyResolutionException) { return false; } // a base of the shared framework that is not beside the tests: no component of ours
        }
        return false;
    }

    static IEnumerable<(string Type, string Method, string By)> Calls(string assembly) =>
        from type in Open(assembly).MainModule.GetTypes()
        from method in type.Methods
        where method.HasBody
        from step in method.Body.Instructions
        let called = step.Operand as MethodReference
        where called is not null
        select (called.DeclaringType.FullName, called.Name, $"{type.FullName}.{method.Name} calls {called.FullName}");
}
