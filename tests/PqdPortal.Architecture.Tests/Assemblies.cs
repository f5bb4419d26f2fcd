using Mono.Cecil;
using Mono.Cecil.Cil;

namespace PqdPortal.Architecture.Tests;

/// <summary>Reads who uses whom out of the compiled assemblies.</summary>
static class Assemblies
{
    /// <summary>One use of a type by another.</summary>
    public sealed record Arrow(string From, string To, string By)
    {
        public override string ToString() => $"{From} -> {To}: {By}";
    }

    public static AssemblyDefinition Open(string name) =>
        AssemblyDefinition.ReadAssembly(Path.Combine(AppContext.BaseDirectory, name + ".dll"));

    public static IEnumerable<string> References(string name) =>
        Open(name).MainModule.AssemblyReferences.Select(reference => reference.Name);

    /// <summary>Every use of a type, as (user, used), each pair once. Generated types speak for the type they stand in.</summary>
    public static IEnumerable<(TypeReference User, TypeReference Used)> AllUses(string assembly) =>
        Open(assembly).MainModule.GetTypes()
            .SelectMany(type => Uses(type).Select(used => (User: (TypeReference)type, Used: used)))
            .DistinctBy(pair => (pair.User.FullName, pair.Used.FullName));

    public static TypeReference Outermost(TypeReference type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        return type;
    }

    static IEnumerable<TypeReference> Uses(TypeDefinition type) =>
    [
        .. type.BaseType is { } parent ? Parts(parent) : [],
        .. type.Interfaces.SelectMany(i => Parts(i.InterfaceType)),
        .. type.Fields.SelectMany(f => Parts(f.FieldType)),
        .. type.Properties.SelectMany(p => Parts(p.PropertyType)),
        .. type.CustomAttributes.SelectMany(a => Parts(a.AttributeType)),
        .. type.Methods.SelectMany(m => Parts(m.ReturnType).Concat(m.Parameters.SelectMany(p => Parts(p.ParameterType)))),
        .. type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Variables).SelectMany(v => Parts(v.VariableType)),
        .. type.Methods.Where(m => m.HasBody).SelectMany(m => m.Body.Instructions).SelectMany(Mentions),
    ];

    static IEnumerable<TypeReference> Mentions(Instruction step) => step.Operand switch
    {
        TypeReference type => Parts(type),
        GenericInstanceMethod method => Parts(method.DeclaringType).Concat(method.GenericArguments.SelectMany(Parts)),
        MethodReference method => Parts(method.DeclaringType),
        FieldReference field => Parts(field.DeclaringType),
        _ => [],
    };

    static IEnumerable<TypeReference> Parts(TypeReference type) =>
        type is GenericInstanceType generic ? generic.GenericArguments.SelectMany(Parts).Append(generic.ElementType)
        : type is TypeSpecification wrapped ? Parts(wrapped.ElementType)
        : [type];
}
