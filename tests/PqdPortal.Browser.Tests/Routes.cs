using Mono.Cecil;

namespace PqdPortal.Browser.Tests;

/// <summary>The addresses of all pages, read from the built portal, so that a new page cannot be forgotten.</summary>
public static class Routes
{
    /// <summary>As the pages write them: /r/{Id:guid}.</summary>
    public static IReadOnlyList<string> All { get; } = Read();

    static List<string> Read()
    {
        using var web = AssemblyDefinition.ReadAssembly(Path.Combine(Portal.Root, "src", "PqdPortal.Web", "bin", Portal.Configuration, "net10.0", "PqdPortal.Web.dll"));
        return
        [
            .. from type in web.MainModule.GetTypes()
               from attribute in type.CustomAttributes
               where attribute.AttributeType.FullName == "Microsoft.AspNetCore.Components.RouteAttribute"
               select (string)attribute.ConstructorArguments[0].Value,
        ];
    }
}
