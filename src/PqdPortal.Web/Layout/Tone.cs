namespace PqdPortal.Web.Layout;

/// <summary>How a judgement is meant: it holds, it does not, it is open, or neither word applies.</summary>
public enum Tone { Good, Bad, Open, Neutral }
