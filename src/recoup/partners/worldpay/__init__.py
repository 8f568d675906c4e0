"""Worldpay eComm (once Vantiv, once Litle): chargeback cases in XML, asked for day by day. See README.md."""
