package io.myelin.core.state;

/** What is done about each kind of change: a new kind has to be thought of by who follows all. */
public interface ChangeVisitor {
  void visit(Applied.Change.LeaseChanged c);

  void visit(Applied.Change.JobChanged c);

  void visit(Applied.Change.LinkChanged c);

  void visit(Applied.Change.InventoryChanged c);

  void visit(Applied.Change.WeightsChanged c);

  void visit(Applied.Change.FlowChanged c);

  void visit(Applied.Change.UsageChanged c);

  void visit(Applied.Change.DecisionChanged c);

  void visit(Applied.Change.DeviceChanged c);
}
