using PqdPortal.Analysis.Composition;

namespace PqdPortal.Analysis.Tests.Composition;

public class CompositionParserTests
{
    [Theory]
    [InlineData("CsPb(Br0.5I0.5)3", "CsPbBr1.5I1.5")]
    [InlineData("CsPbI1.5Br1.5", "CsPbBr1.5I1.5")]
    [InlineData("FA0.8Cs0.2PbBr3", "Cs0.2FA0.8PbBr3")]
    [InlineData("Cs1-xFAxPbBr3, x=0.8", "Cs0.2FA0.8PbBr3")]
    [InlineData("Cs1-xFAxPbBr3; x = 0.8", "Cs0.2FA0.8PbBr3")]
    [InlineData("Cs1-xFAxPbBr3, x=0", "CsPbBr3")]
    [InlineData("Cs2Pb2Br6", "CsPbBr3")]
    [InlineData("CsPbBr3-xClx, x=1", "CsPbClBr2")]
    [InlineData("CsPbBr3-2xI2x, x=0.5", "CsPbBr2I")]
    [InlineData("CsPb1-0.02Zn0.02Br3", "CsPb0.98Zn0.02Br3")]
    [InlineData("Cs1-x-yFAxMAyPbBr3, x=0.5, y=0.25", "Cs0.25MA0.25FA0.5PbBr3")]
    [InlineData("Cs0.05(FA0.83MA0.17)0.95Pb(I0.83Br0.17)3", "Cs0.05MA0.1615FA0.7885PbBr0.51I2.49")]
    [InlineData("[CsFAMA]PbBr3", "CsMAFAPbBr3")]
    [InlineData("CsAg0.5Bi0.5Br3", "Cs2AgBiBr6")]
    [InlineData("Cs8Pb2Br12", "Cs4PbBr6")]
    [InlineData("Cs3Bi2I9", "Cs3Bi2I9")]
    [InlineData("Cs1.5BiI4.5", "Cs3Bi2I9")]
    [InlineData("CsPb2Br5", "CsPb2Br5")]
    [InlineData("CsPb₀.₅Sn₀.₅Br₃", "CsPb0.5Sn0.5Br3")]
    [InlineData("CsPbBr₃₋ₓClₓ, x=1", "CsPbClBr2")]
    [InlineData("CsPbBr3\u2212xClx, x=1", "CsPbClBr2")]
    [InlineData("Cs0\uFF0E5FA0\u20245PbBr3", "Cs0.5FA0.5PbBr3")]
    [InlineData("$Cs_{0.2}FA_{0.8}PbBr_3$", "Cs0.2FA0.8PbBr3")]
    [InlineData("Cs\u00A0Pb\u2009Br3", "CsPbBr3")]
    [InlineData("CH3NH3PbI3", "MAPbI3")]
    [InlineData("CH3NH3+PbI3", "MAPbI3")]
    [InlineData("CH(NH2)2PbBr3", "FAPbBr3")]
    [InlineData("(HC(NH2)2)0.8Cs0.2PbBr3", "Cs0.2FA0.8PbBr3")]
    [InlineData("NH2CH=NH2PbBr3", "FAPbBr3")]
    [InlineData("(C6H5C2H4NH3)2PbI4", "PEA2PbI4")]
    [InlineData("(C4H9NH3)2PbI4", "BA2PbI4")]
    [InlineData("Zn:CsPbBr3", "CsPbBr3")]
    [InlineData("CsFAMAPb3Br9", "Cs0.3333MA0.3333FA0.3333PbBr3")]
    [InlineData("Cs3PbSnGeBr9", "CsPb0.3333Sn0.3333Ge0.3333Br3")]
    public void A_formula_has_one_canonical_writing(string written, string canonical)
    {
        var reading = CompositionParser.Read(written);

        Assert.Equal(canonical, reading.Formula?.Canonical);
        Assert.Equal(canonical, CompositionParser.Formula(canonical).Canonical);
    }

    [Fact]
    public void Amounts_add_up_as_on_paper()
    {
        Assert.Equal("Cs0.3FA0.7PbBr3", CompositionParser.Formula("Cs0.1Cs0.2FA0.7PbBr3").Canonical);
        Assert.Equal(0, CompositionParser.Formula("Cs0.1Cs0.2FA0.7PbBr3").ChargeExcess);
        Assert.Equal(CompositionParser.Formula("CsPb(Br0.49I0.51)3").Canonical.IndexOf("Br"), CompositionParser.Formula("CsPb(Br0.51I0.49)3").Canonical.IndexOf("Br"));
    }

    /// <summary>Tokens that a careless reader takes for others.</summary>
    [Theory]
    [InlineData("BA2PbI4", "BA", "Ruddlesden-Popper")]
    [InlineData("CsBaBr3", "Ba", "ABX3")]
    [InlineData("MAPbBr3", "MA", "ABX3")]
    [InlineData("CsMnBr3", "Mn", "ABX3")]
    [InlineData("CsMgBr3", "Mg", "ABX3")]
    [InlineData("Cs2AgInCl6", "In", "A2BB'X6")]
    [InlineData("CsPbI3", "I", "ABX3")]
    [InlineData("CsDyxPb1-xBr3, x=0.1", "Dy", "ABX3")]
    [InlineData("NH4PbBr3", "NH4", "ABX3")]
    [InlineData("CsPbSCN3", "SCN", "ABX3")]
    public void Names_are_read_whole_and_by_their_case(string written, string ion, string kind)
    {
        var formula = CompositionParser.Formula(written);

        Assert.Contains(formula.All, one => one.Ion.Name == ion);
        Assert.Equal(kind, formula.ClassText);
        if (ion == "In") Assert.DoesNotContain(formula.All, one => one.Ion.Name == "I");
    }

    [Theory]
    [InlineData("CsPbBr3", "ABX3", 0)]
    [InlineData("Cs2AgBiBr6", "A2BB'X6", 0)]
    [InlineData("Cs4PbBr6", "A4BX6", 0)]
    [InlineData("CsPb2Br5", "AB2X5", 0)]
    [InlineData("Cs2SnI6", "A2BX6", 0)]
    [InlineData("Cs2PbI6", "other", -2)]
    [InlineData("Cs3Sb2I9", "A3B2X9", 0)]
    [InlineData("Cs2NaBiCl6", "A2BB'X6", 0)]
    [InlineData("K2NaBiCl6", "A2BB'X6", 0)]
    [InlineData("Cs2NaEuCl6", "A2BB'X6", 0)]
    [InlineData("Cs2AgTlBr6", "A2BB'X6", 0)]
    [InlineData("NaPbBr3", "ABX3", 0)]
    [InlineData("CsCuCl3", "ABX3", 0)]
    [InlineData("CsAuCl3", "ABX3", -1)]
    [InlineData("CsCeBr3", "ABX3", 1)]
    [InlineData("Cs0.95PbBr2.9", "other", 0.05)]
    [InlineData("CsPb0.9Ag0.05Bi0.05Br3", "ABX3", 0)]
    public void Sites_and_charges_give_the_class(string written, string kind, double excess)
    {
        var formula = CompositionParser.Formula(written);

        Assert.Equal(kind, formula.ClassText);
        Assert.Equal(excess, formula.ChargeExcess, 12);
        Assert.Equal(excess == 0, formula.IsBalanced);
        Assert.Equal(excess != 0, formula.Notes.Any(note => note.Code == "charge-imbalance"));
    }

    [Theory]
    [InlineData("PEA2PbI4", "Ruddlesden-Popper", 1.0)]
    [InlineData("PEA2MA2Pb3I10", "Ruddlesden-Popper", 3.0)]
    [InlineData("PEABACs4Pb5Br16", "Ruddlesden-Popper", 5.0)]
    [InlineData("PEA2MA1.5Pb2.5I8.5", "Ruddlesden-Popper", 2.5)]
    [InlineData("BDAPbI4", "Dion-Jacobson", 1.0)]
    [InlineData("BDAMAPb2I7", "Dion-Jacobson", 2.0)]
    [InlineData("PEAMAPb2I7", "other", null)]
    [InlineData("PEABDAPbI4", "other", null)]
    public void Layered_series_are_told_with_their_sheets(string written, string kind, double? layers)
    {
        var formula = CompositionParser.Formula(written);

        Assert.Equal((kind, layers), (formula.ClassText, formula.Layers));
        Assert.Null(formula.Tolerance.T);
        Assert.NotNull(formula.Tolerance.Why);
        if (layers is not null) Assert.Equal(written, formula.Canonical);
    }

    [Fact]
    public void Off_stoichiometric_powders_are_read_and_flagged()
    {
        var reading = CompositionParser.Read("Cs0.95PbBr2.9");

        Assert.Equal(["charge-imbalance", "site-occupancy", "halide-count"], reading.Messages.Select(message => message.Code));
        Assert.Null(reading.Formula!.Tolerance.T);
        Assert.Equal(["charge-imbalance"], CompositionParser.Read("CsPb0.95Ce0.05Br3").Messages.Select(message => message.Code));
        Assert.Contains("Ce2+", CompositionParser.Read("CsPb0.95Ce0.05Br3").Messages[0].Text);
        Assert.DoesNotContain("Ce2+", CompositionParser.Read("CsPb0.95Bi0.05Br3").Messages[0].Text);
    }

    [Fact]
    public void A_dopant_without_an_amount_keeps_its_batch_apart()
    {
        var doped = CompositionParser.Read("Zn:CsPbBr3");
        var behind = CompositionParser.Formula("CsPbBr3:Zn2+");

        Assert.Equal(["dopant-amount-unknown:Zn"], doped.Messages.Select(message => message.Code));
        Assert.Equal("CsPbBr3", doped.Formula!.Canonical);
        Assert.Equal(("Zn:CsPbBr3", "Zn:CsPbBr3"), (doped.Formula.Key, behind.Key));
        Assert.NotEqual(doped.Formula.Key, CompositionParser.Formula("CsPbBr3").Key);
        Assert.Equal("Mn:CsPbBr3:Zn", CompositionParser.Formula("Zn:CsPbBr3:Mn").Key);
        Assert.Equal("Mn:CsPbBr3:Zn", CompositionParser.Formula("Mn:CsPbBr3:Zn").Key);
    }

    /// <summary>Position counted from 1 in the text as given, whatever was dropped before reading.</summary>
    [Theory]
    [InlineData("CsPbBro3", "unknown-ion:Bro", 5, "CsPbBr3")]
    [InlineData("Cs Pb Bro3", "unknown-ion:Bro", 7, "Cs Pb Br3")]
    [InlineData("Cs_{0.2}Fa_{0.8}PbBr3", "unknown-ion:Fa", 9, "Cs_{0.2}FA_{0.8}PbBr3")]
    [InlineData("CH3NH3PbBR3", "unknown-ion:BR", 9, "CH3NH3PbBr3")]
    [InlineData("😀CsPbBro3", "unknown-ion:😀", 1, null)]
    [InlineData("СsPbBr3", "unknown-ion:Сs", 1, "CsPbBr3")]
    [InlineData("CsРbBr3", "unknown-ion:Рb", 3, "CsPbBr3")]
    [InlineData("CsPbВr3", "unknown-ion:Вr", 5, "CsPbBr3")]
    [InlineData("CsPbl3", "unknown-ion:Pbl", 3, "CsPbI3")]
    [InlineData("cspbbr3", "unknown-ion:cspbbr", 1, "CsPbBr3")]
    [InlineData("CsXxBr3", "unknown-ion:Xx", 3, null)]
    [InlineData("CsPbBr3\u202E", "unknown-ion:\u202E", 8, "CsPbBr3")]
    [InlineData("Cs0,2FA0.8PbBr3", "unknown-ion:,", 4, "Cs0.2FA0.8PbBr3")]
    [InlineData("2CsPbBr3", "unknown-ion:2", 1, null)]
    [InlineData("CsPb(Br3", "unbalanced-parenthesis", 5, null)]
    [InlineData("CsPbBr3)", "unbalanced-parenthesis", 8, null)]
    [InlineData("Cs(FA]PbBr3", "unbalanced-parenthesis", 6, "Cs(FA)PbBr3")]
    [InlineData("CsPbBr3-xClx", "variable-without-value:x", 9, null)]
    [InlineData("CsPbBr3-yCly, x=1", "variable-without-value:y", 9, null)]
    [InlineData("CsPbBr3-xClx (x=0.5)", "variable-without-value:x", 14, "CsPbBr3-xClx, x=0.5")]
    [InlineData("CsPbBr3-xClx x=0.5", "variable-without-value:x", 14, "CsPbBr3-xClx, x=0.5")]
    [InlineData("CsPb", "no-halide", 1, null)]
    [InlineData("CsBr", "no-B-cation", 1, null)]
    [InlineData("CsPbBr3-x, x=4", "negative-coefficient", 7, null)]
    [InlineData("CsPbBr3-xClx, x=-1", "negative-coefficient", 17, null)]
    [InlineData("CsPbBr3, x=0.1, x=0.2", "variable-given-twice:x", 17, null)]
    [InlineData("Cs1-xFxPbBr3, x=0.8", "did-you-mean-FA", 6, "Cs1-xFAxPbBr3, x=0.8")]
    public void A_failure_says_where_and_what_may_have_been_meant(string written, string code, int position, string? mended)
    {
        var reading = CompositionParser.Read(written);

        Assert.Null(reading.Formula);
        var failure = reading.Messages.First(message => message.Code == code);
        Assert.Equal((position, mended), (failure.Position, failure.Mended));
        Assert.All(reading.Messages, message => Assert.InRange(message.Position!.Value, 1, written.Length + 1));
    }

    [Fact]
    public void A_fluoride_that_is_meant_is_read()
    {
        Assert.Equal("CsPbF2Br", CompositionParser.Formula("CsPbF2Br").Canonical); // most of the halide
        Assert.Equal("CsPbF0.5Br2.5", CompositionParser.Formula("CsPbF0.5Br2.5").Canonical); // the A site is full
        Assert.Equal("Cs0.6PbF2.6", CompositionParser.Formula("Cs0.6PbF2.6").Canonical); // no other halide
    }

    [Fact]
    public void Both_sides_of_a_missing_value_are_told()
    {
        var reading = CompositionParser.Read("Cs1-xFxPbBr3");

        Assert.Equal(["variable-without-value:x", "did-you-mean-FA"], reading.Messages.Select(message => message.Code));
    }
}
